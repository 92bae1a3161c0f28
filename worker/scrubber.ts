/** Replaces every known secret in a text, whatever key, depth or error it appears in. */
export class Scrubber {
  /** The longest first: one secret may begin with another. */
  private secrets: readonly string[] = [];

  /** Also in the form in which JSON writes it. Shorter ones would blank ordinary text. */
  learn(secret: string): void {
    if (secret.length < 6) return;
    const forms = new Set([...this.secrets, secret, JSON.stringify(secret).slice(1, -1)]);
    this.secrets = [...forms].sort((a, b) => b.length - a.length);
  }

  scrub(text: string): string {
    let clean = text;
    for (const secret of this.secrets) clean = clean.replaceAll(secret, '***');
    return clean;
  }
}
