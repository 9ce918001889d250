// Asks the instant model again and again with a body of so many bytes: what HTTP alone takes in this runtime.

const [url, requests, requestBytes] = Deno.args;
const body = JSON.stringify({ text: "x".repeat(Number(requestBytes)) });
for (let request = 0; request < Number(requests); request++) {
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body });
  await response.text();
}
