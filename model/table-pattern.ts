/** Patterns of table names, `HR.EMP_*`. */
const PATTERN = /^(?:"([^"]+)"|([A-Z][\w$#]*))\.([A-Z\d_$#*?]*[*?][A-Z\d_$#*?]*)$/;

interface PatternParts {
  readonly owner: string;
  readonly matches: (name: string) => boolean;
}

/** `HR.EMP_*`: owner exact; in the name `*` stands for any characters and `?` for one. Undefined for an exact name. */
export function patternParts(text: string): PatternParts | undefined {
  const match = PATTERN.exec(text);
  const owner = match?.[1] ?? match?.[2];
  const glob = match?.[3];
  if (owner === undefined || glob === undefined) return undefined;
  const escaped = glob
    .replaceAll('$', String.raw`\$`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const form = new RegExp(`^${escaped}$`, 'su');
  return { owner, matches: (name) => form.test(name) };
}
