# Converter

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a temperature in Celsius and store it as celsius
- fahrenheit = celsius * 9 / 5 + 32
- Say {celsius} degrees Celsius is {fahrenheit} degrees Fahrenheit
- If fahrenheit is above 100, warn the user that it is hot
- End program
