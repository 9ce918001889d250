/** A file of the page. */
interface PageAsset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  readonly type: string;
}

/** The files of the page by path: `/` and those below `/assets/`. */
export type PageAssets = ReadonlyMap<string, PageAsset>;
