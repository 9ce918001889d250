import { assertEquals, assertThrows } from "@std/assert";
import { type AccessOptions, admit, isFitToken, newToken } from "../../src/frontends/http/access.ts";
import { HttpError } from "../../src/frontends/http/mod.ts";

const token = "t".repeat(43);
const loopback: AccessOptions = { token, port: 8080, isLoopback: true, names: [] };
const own = "127.0.0.1:8080";

function requestTo(path: string, headers: Readonly<Record<string, string>>, method = "GET"): Request {
  return new Request(`http://x${path}`, { method, headers: { host: own, ...headers } });
}

/** How a request with a valid bearer fares: `open`, or the kind of its problem. */
function fate(headers: Readonly<Record<string, string>>, options = loopback, method = "POST"): string {
  return fateOf(requestTo("/v1/sessions", { authorization: `Bearer ${token}`, ...headers }, method), options);
}

function fateOf(request: Request, options = loopback): string {
  try {
    return admit(request, options).kind;
  } catch (error) {
    if (error instanceof HttpError) return error.kind;
    throw error;
  }
}

Deno.test("http access: a name that resolves to this machine is refused, so DNS rebinding reaches nothing", () => {
  for (
    const host of [
      "evil.example",
      "evil.example:8080",
      "127.0.0.1.evil.example:8080",
      "localhost.evil.example:8080",
      "127.0.0.1:8081",
      "127.0.0.1",
      "localhost:80",
      "192.168.0.7:8080",
      "user@127.0.0.1:8080",
      "127.0.0.1:8080@evil.example",
      "",
      " ",
    ]
  ) assertEquals([host, fate({ host })], [host, "forbidden"]);
  for (const host of [own, "localhost:8080", "LOCALHOST:8080", "localhost.:8080", "[::1]:8080"]) {
    assertEquals([host, fate({ host })], [host, "open"]);
  }
});

Deno.test("http access: a server for other machines answers to addresses and to its own names only", () => {
  const options = { ...loopback, isLoopback: false, names: ["box.example"] };
  for (const host of ["10.0.0.7:8080", "[fd00::7]:8080", "box.example:8080", "box.example", own]) {
    assertEquals([host, fate({ host }, options)], [host, "open"]);
  }
  for (const host of ["evil.example:8080", "10.0.0.7:81", "x.box.example:8080", "box.example.evil.example"]) {
    assertEquals([host, fate({ host }, options)], [host, "forbidden"]);
  }
});

Deno.test("http access: a page of another origin can neither post nor read, also with a valid token", () => {
  for (
    const headers of [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: "http://127.0.0.1:3000" },
      { origin: "http://localhost:8080" },
      { origin: "http://127.0.0.1:8080.evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" },
    ]
  ) {
    for (const method of ["GET", "POST", "DELETE"]) {
      assertEquals([headers, method, fate(headers, loopback, method)], [headers, method, "forbidden"]);
    }
  }
  for (
    const headers of [{}, { origin: `http://${own}` }, { "sec-fetch-site": "same-origin" }, {
      "sec-fetch-site": "none",
    }]
  ) {
    assertEquals([headers, fate(headers as Record<string, string>)], [headers, "open"]);
  }
});

Deno.test("http access: without the token, or with another one, nothing is answered", () => {
  const almost = `${token.slice(0, -1)}u`;
  for (
    const headers of [
      {},
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: `Bearer ${almost}` },
      { authorization: `Bearer ${token.slice(0, -1)}` },
      { authorization: `Bearer ${token}x` },
      { authorization: `Basic ${token}` },
      { cookie: `playbooks-8080=${almost}` },
      { cookie: `playbooks-8081=${token}` },
      { cookie: `xplaybooks-8080=${token}` },
      // A wrong bearer is not helped by a cookie.
      { authorization: `Bearer ${almost}`, cookie: `playbooks-8080=${token}` },
    ]
  ) {
    const fate = fateOf(requestTo("/v1/sessions", headers as Record<string, string>));
    assertEquals([headers, fate], [headers, "not-authenticated"]);
  }
  assertEquals(fateOf(requestTo("/v1/sessions", { cookie: `a=b; playbooks-8080=${token}; c=d` })), "open");
});

Deno.test("http access: the token in an address counts only for a page, and moves into a cookie that scripts cannot read", () => {
  assertEquals(fateOf(requestTo(`/v1/sessions?token=${token}`, {})), "not-authenticated");
  assertEquals(fateOf(requestTo(`/?token=${token}`, {}, "POST")), "not-authenticated");
  assertEquals(fateOf(requestTo("/?token=wrong", {})), "not-authenticated");
  assertEquals(admit(requestTo(`/?token=${token}&session=7`, {}), loopback), {
    kind: "first visit",
    location: "/?session=7",
    cookie: `playbooks-8080=${token}; Path=/; HttpOnly; SameSite=Strict`,
  });
  // A link in a mail may open the page, and cannot lead elsewhere.
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  assertEquals(fateOf(requestTo(`/?token=${token}`, link)), "first visit");
  const away = admit(requestTo(`//evil.example/?token=${token}`, {}), loopback);
  assertEquals(away.kind === "first visit" && away.location, "/evil.example/");
});

Deno.test("http access: a refusal names no token and says what to do", () => {
  const error = assertThrows(() => admit(requestTo("/v1/sessions", {}), loopback), HttpError);
  assertEquals(error.message.includes(token), false);
  assertEquals(error.headers["www-authenticate"], 'Bearer realm="playbooks"');
});

Deno.test("http access: tokens are long, random, and fit a header, a cookie and an address", () => {
  const tokens = Array.from({ length: 100 }, newToken);
  assertEquals(new Set(tokens).size, 100);
  for (const each of tokens) {
    assertEquals([each, isFitToken(each), encodeURIComponent(each)], [each, true, each]);
  }
  for (
    const text of ["", "short", "a".repeat(31), `${"a".repeat(40)} b`, `${"a".repeat(40)};`, "ä".repeat(40)]
  ) {
    assertEquals([text, isFitToken(text)], [text, false]);
  }
});
