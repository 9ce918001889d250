# Weather Agent

## Main
### Triggers
- At the beginning
### Steps
- Ask the user which city they want the weather for
- $forecast = GetForecast($city)
- Tell the user that the weather in {$city} is {$forecast}
- Ask the user if they want another city; if yes, go back to step 1
- End program

```ts
/** Looks up. */
export async function GetForecast(city: string) { return "sunny"; }
```
