/** Every text of the pages: one folder a language, one file a part of the house; their keys don't overlap. */

export type Tree = { [key: string]: string | Tree };

const LOADERS: Record<string, () => Promise<{ files: Record<string, Tree> }>> = {
  "zh-CN": () => import("./zh-CN"),
  en: () => import("./en"),
};

/** All files of a language as one tree: a chunk of its own, fetched when that language is read. Throws where two files name the same first key. */
export async function messages(language: string): Promise<Tree> {
  const all: Tree = {};
  for (const [path, tree] of Object.entries((await LOADERS[language]?.())?.files ?? {})) {
    for (const [key, value] of Object.entries(tree)) {
      if (key in all) throw new Error(`${language}/${path}: ${key} stands in another file too`);
      all[key] = value;
    }
  }
  return all;
}
