/** Every text of the pages: one folder a language, one file a part of the house; their keys don't overlap. */

export type Tree = { [key: string]: string | Tree };

const files = import.meta.glob<Tree>("./*/*.json", { eager: true, import: "default" });

/** All files of a language as one tree. Throws where two files name the same first key. */
export function messages(language: string): Tree {
  const all: Tree = {};
  for (const [path, tree] of Object.entries(files)) {
    if (!path.startsWith(`./${language}/`)) continue;
    for (const [key, value] of Object.entries(tree)) {
      if (key in all) throw new Error(`${path}: ${key} stands in another file too`);
      all[key] = value;
    }
  }
  return all;
}
