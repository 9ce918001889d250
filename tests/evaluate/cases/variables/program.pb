# Variables

## Main
### Triggers
- At the beginning
### Steps
- $name = "John"
- $age = 30
- $x = $age + 5
- $y = $x * 2
- $country = Visit(z=$y, userage=$age)
- Say the name of the country and the value of $y
- End program

## Visit(userage, z)
### Steps
- Say the user's name, then the userage, then z, in one line
- Ask the user for their favourite $color
- Say the color
- Return "India"
