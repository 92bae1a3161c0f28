/** A reader for the small XML documents that clients post: elements, text, CDATA, entities; no DTD. */

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** All text directly inside, CDATA included, not trimmed. */
  readonly text: string;
}

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.-]*)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      return named[name ?? ''] ?? whole;
    },
  );
}

interface OpenElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** Reads one document and returns its root element. */
export function readXml(document: string): XmlElement {
  const root: OpenElement = { name: '', children: [], text: '' };
  const open: OpenElement[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < document.length) {
    const match = TOKEN.exec(document);
    const inside = open.at(-1);
    if (match === null || inside === undefined) throw new SyntaxError('malformed XML');
    const [, section, closing, name, empty, characters] = match as readonly (string | undefined)[];
    if (section !== undefined) inside.text += section;
    else if (characters !== undefined) inside.text += unescape(characters);
    else if (name !== undefined && closing === '/') close(open, name);
    else if (name !== undefined) enter(open, name, empty === '/');
  }
  const [document_] = root.children;
  if (open.length !== 1 || document_ === undefined) throw new SyntaxError('malformed XML');
  return document_;
}

function enter(open: OpenElement[], name: string, isEmpty: boolean): void {
  const element: OpenElement = { name, children: [], text: '' };
  open.at(-1)?.children.push(element);
  if (!isEmpty) open.push(element);
}

function close(open: OpenElement[], name: string): void {
  if (open.length < 2 || open.pop()?.name !== name) throw new SyntaxError(`malformed XML: </${name}>`);
}

/** The first element below `from` along a path of names. */
export function child(from: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (at, name) => at?.children.find((candidate) => candidate.name === name),
    from,
  );
}
