/** Replaces every known secret in a text, whatever key, depth or error it appears in. */
export class Scrubber {
  private readonly secrets = new Set<string>();

  /** Also in the form in which JSON writes it. Shorter ones would blank ordinary text. */
  learn(secret: string): void {
    if (secret.length < 6) return;
    this.secrets.add(secret);
    this.secrets.add(JSON.stringify(secret).slice(1, -1));
  }

  scrub(text: string): string {
    let clean = text;
    for (const secret of this.secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  }
}
