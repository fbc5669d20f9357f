import { InvalidArgumentError } from 'commander';

// Parsers for arguments of command-line options.

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('Expected a whole number from 1 up.');
  }
  return value;
}

export function generation(text: string): 1 | 2 | 3 {
  if (!/^[123]$/.test(text)) throw new InvalidArgumentError('Expected 1, 2 or 3.');
  return Number(text) as 1 | 2 | 3;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value >= 0.1 && value <= 3600)) throw new InvalidArgumentError('Expected a number from 0.1 to 3600.');
  return value;
}

export function commaList(text: string, before: string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== '')];
}

export function append(text: string, before: string[]): string[] {
  return [...before, text];
}
