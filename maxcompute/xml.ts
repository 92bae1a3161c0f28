/** The little XML that MaxCompute's REST answers need: text of the first element of a name. No nesting of equal names. */

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decoded = (text: string): string =>
  text.replaceAll(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? whole;
  });

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A CDATA section cannot hold its own end, so that is split over two. */
export const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

export interface Element {
  /** As written between the name and the `>`. */
  readonly attributes: string;
  /** Character data and CDATA sections up to the next tag. */
  readonly text: string;
}

function characters(xml: string, from: number): string {
  const parts: string[] = [];
  let position = from;
  for (;;) {
    const open = xml.indexOf('<', position);
    parts.push(decoded(xml.slice(position, open < 0 ? xml.length : open)));
    if (open < 0 || !xml.startsWith('<![CDATA[', open)) return parts.join('');
    const close = xml.indexOf(']]>', open);
    parts.push(xml.slice(open + 9, close < 0 ? xml.length : close));
    if (close < 0) return parts.join('');
    position = close + 3;
  }
}

/** The first `<name …>` of the text, undefined when there is none. */
export function element(xml: string, name: string): Element | undefined {
  const open = new RegExp(`<${name}(\\s[^>]*?)?(/)?>`).exec(xml);
  if (!open) return undefined;
  const text = open[2] === '/' ? '' : characters(xml, open.index + open[0].length);
  return { attributes: open[1] ?? '', text };
}

export const elementText = (xml: string, name: string): string | undefined => element(xml, name)?.text.trim();

/** The inside of every `<name …> … </name>`. */
export const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map((match) => match[1] ?? '');
