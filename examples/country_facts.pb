#!/usr/bin/env -S playbooks run
<!-- Code calls English: a loop in TypeScript asks a playbook that a model runs, once for each country.
     Run it with: playbooks run examples/country_facts.pb -->

# Country facts
Knows something about every country, and asks which ones it should tell about.

```ts
/**
 * Asks for countries and tells a fact about each.
 * @trigger At the beginning
 */
export async function Main() {
  await Say("user", "Which countries would you like to hear about? Put commas between them.");
  const countries = (await Yield("user")).split(",").map((name) => name.trim()).filter(Boolean);
  for (const [index, country] of countries.entries()) {
    const fact = await FindFact(country);
    await Say("user", `${index + 1}. ${country}: ${fact}`);
  }
  await Say("user", `That is all I know about ${countries.length} countries.`);
}
```

## Find fact($country)
Finds one short and true fact that few people know.

### Steps
- Think of facts about the history, nature and food of $country
- Return the fact about $country that would surprise its neighbours most
