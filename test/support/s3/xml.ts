/** What an XML element contains: text, elements, or a list of elements with the same name. */
export type XmlContent =
  | string
  | number
  | boolean
  | undefined
  | { readonly [name: string]: XmlContent }
  | readonly XmlContent[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function element(name: string, content: XmlContent): string {
  if (content === undefined) return "";
  if (Array.isArray(content)) return content.map((item) => element(name, item)).join("");
  const inner =
    typeof content === "object"
      ? Object.entries(content)
          .map(([child, value]) => element(child, value))
          .join("")
      : `${content}`.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
  return `<${name}>${inner}</${name}>`;
}

/** An XML document. */
export function xml(name: string, content: XmlContent): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${element(name, content)}`;
}

/** The text of each element with this name. */
export function textsOf(document: string, name: string): string[] {
  const elements = document.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return [...elements].map(([, text = ""]) =>
    Object.entries(ENTITIES).reduceRight(
      (plain, [character, entity]) => plain.replaceAll(entity, character),
      text,
    ),
  );
}
