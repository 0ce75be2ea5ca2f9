import type { Plugin, Rolldown } from 'vite';

/** Large, and for single pages: they stay in scripts of their own. */
const heavy = /\/node_modules\/(@codemirror|@lezer|@xyflow|d3-|elkjs|yaml)\b|\/src\/runbooks\//;

/**
 * The console as few scripts: all that the first page needs is one, what several other pages share is another, and each
 * page is its own. A script for every icon would cost a slow line a round trip each.
 */
export const codeSplitting: Rolldown.OutputOptions['codeSplitting'] = {
  groups: [
    { name: 'studio', tags: ['$initial'], priority: 2 },
    { name: 'parts', test: (id) => !heavy.test(id), minShareCount: 2, priority: 1 },
  ],
};

/**
 * Puts the style sheets behind the outline of the page: a browser draws what stands before them while it waits, and runs
 * the scripts when it has them. What the console makes comes after them, and wins.
 */
export function drawEarly(): Plugin {
  return {
    name: 'draw-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html) {
        const sheets: string[] = [];
        const rest = html.replaceAll(/\s*<link rel="stylesheet"[^>]*>/g, (sheet) => {
          sheets.push(sheet.trim());
          return '';
        });
        return rest.replace('<div id="root">', `${sheets.map((sheet) => `${sheet}\n    `).join('')}<div id="root">`);
      },
    },
  };
}
