# Concierge
## Main
### Triggers
- At the beginning
### Steps
- Ask user for $city. Default to "Paris" if none is given
- $weather = WeatherService.Current($city)
- Tell user it is {$weather} in {$city}
- Return $weather
# WeatherService
## Current($city)
public: true
### Steps
- If $city is "Paris", return "rainy"
- return "sunny"
