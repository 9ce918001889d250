/** The files of the page by path, as a server sends them. */
export async function studioPage(): Promise<
  ReadonlyMap<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }>
> {
  const { script, style } = (await import("./page_library.ts")).pageBundles;
  const file = (text: string, type: string) => ({
    bytes: new TextEncoder().encode(text),
    type: `${type}; charset=utf-8`,
  });
  const head =
    '<link rel="stylesheet" href="/assets/studio.css"><script src="/assets/studio.js" defer></script>';
  return new Map([
    ["/", file(pageText({ title: "playbooks studio", head, data: "" }), "text/html")],
    ["/assets/studio.js", file(script, "text/javascript")],
    ["/assets/studio.css", file(style, "text/css")],
  ]);
}

/**
 * A page that holds one session and works offline from a file. It may run its own script and use its own style sheet, and
 * nothing else: no text of the session can become a script, and nothing is loaded or sent.
 */
export async function savedStudioPage(title: string, session: unknown): Promise<string> {
  const bundles = (await import("./page_library.ts")).pageBundles;
  // The parser of HTML must not see the end of the element in a text of the script.
  const script = bundles.script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const { style } = bundles;
  const [scriptHash, styleHash] = [await sourceHash(script), await sourceHash(style)];
  const policy =
    `default-src 'none'; script-src ${scriptHash}; style-src ${styleHash}; base-uri 'none'; form-action 'none'`;
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}"><style>${style}</style>`;
  const packed = (await gzipped(JSON.stringify(session))).toBase64();
  const data = `<script id="saved-session" type="text/plain">${packed}</script><script>${script}</script>`;
  return pageText({ title, head, data });
}

function pageText(
  { title, head, data }: { readonly title: string; readonly head: string; readonly data: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${htmlText(title)}</title>
<link rel="icon" href="data:,">
${head}
</head>
<body>
<div id="studio"></div>
<noscript>This page needs its own script to show sessions.</noscript>
${data}
</body>
</html>
`;
}

function htmlText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The source of an inline script or style for a content security policy. */
async function sourceHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

async function gzipped(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return await new Response(stream).bytes();
}
