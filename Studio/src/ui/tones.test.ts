import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cssVariables, theme } from './theme';

type Colour = readonly [number, number, number];
const css = readFileSync(new URL('shell.css', import.meta.url), 'utf8');
const hex = (text: string): Colour => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) as never;

/** A colour laid over another at so much of its strength. */
const over = (colour: Colour, share: number, ground: Colour): Colour =>
  ground.map((part, at) => part + ((colour[at] as number) - part) * share) as never;

/** As WCAG 2.2 defines them. */
function contrast(one: Colour, other: Colour): number {
  const light = (colour: Colour) => {
    const [red, green, blue] = colour
      .map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as unknown as Colour;
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

describe.each(['light', 'dark'] as const)('in the %s scheme', (scheme) => {
  const block =
    scheme === 'dark' ? css.slice(css.indexOf("scheme='dark'")) : css.slice(0, css.indexOf("scheme='dark'"));
  const tones = [...block.matchAll(/--tone-([a-z]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour]);
  const variables = cssVariables({} as never)[scheme] as Record<string, string>;
  const of = (name: string) => hex(variables[name] as string);
  const text = hex(scheme === 'dark' ? (theme.colors?.dark?.[0] as string) : '#000000');
  const plain = [of('--studio-card'), of('--mantine-color-body')];
  // Pointed at or chosen, a row is this much darker or lighter.
  const surfaces = plain.flatMap((surface) => [surface, over(text, 0.06, surface)]);

  it('has all tones', () => expect(tones).toHaveLength(12));

  it.each(tones)('%s can be read on its own ground, on every surface and on a banner of its tone', (_, colour) => {
    const tone = hex(colour as string);
    const banner = over(tone, 0.09, of('--studio-card'));
    for (const surface of [...surfaces, banner]) {
      expect(contrast(tone, over(tone, 0.13, surface))).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('has dimmed text that can be read on every surface', () => {
    for (const surface of surfaces) expect(contrast(of('--mantine-color-dimmed'), surface)).toBeGreaterThanOrEqual(4.5);
  });
});
