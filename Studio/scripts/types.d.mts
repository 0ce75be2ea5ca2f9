export function typesOf(document: unknown): Promise<string>;
export function accessOf(document: unknown): string;
