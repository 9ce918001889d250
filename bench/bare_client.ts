// Sends requests of a given body size to the instant model, one after another. It measures the cost of HTTP alone in this
// runtime.

const [url, requests, requestBytes] = Deno.args;
const body = JSON.stringify({ text: "x".repeat(Number(requestBytes)) });
for (let request = 0; request < Number(requests); request++) {
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body });
  await response.text();
}
