/**
 * As much of JSON Schema 2020-12 as schema.json uses. An unknown keyword is an error, so that the schema
 * cannot promise more than is checked.
 */
import { canonical, isObject, type Json, type JsonObject } from './json.ts';

type Keyword = (schema: JsonObject, value: Json, path: string, root: JsonObject) => string[];

const ANNOTATIONS = new Set(['$schema', '$defs', 'title', 'description']);

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  $ref: (schema, value, path, root) => violations(referenced(root, String(schema['$ref'])), value, path, root),
  type: (schema, value, path) =>
    typeOf(value) === schema['type'] ? [] : [`${path}: expected ${schema['type']}, got ${typeOf(value)}`],
  enum: (schema, value, path) => {
    const allowed = listOf(schema['enum']);
    return allowed.some((one) => canonical(one) === canonical(value))
      ? []
      : [`${path}: expected one of ${allowed.join(', ')}, got ${canonical(value)}`];
  },
  pattern: (schema, value, path) => {
    const isFitting = typeof value !== 'string' || new RegExp(String(schema['pattern']), 'u').test(value);
    return isFitting ? [] : [`${path}: expected text like ${schema['pattern']}, got ${canonical(value)}`];
  },
  minLength: (schema, value, path) =>
    atLeast(typeof value === 'string' ? value.length : undefined, schema['minLength'], path, 'characters'),
  minItems: (schema, value, path) =>
    atLeast(Array.isArray(value) ? value.length : undefined, schema['minItems'], path, 'elements'),
  minProperties: (schema, value, path) =>
    atLeast(isObject(value) ? Object.keys(value).length : undefined, schema['minProperties'], path, 'members'),
  items: (schema, value, path, root) => {
    const element = objectOf(schema['items']);
    return listOf(value).flatMap((one, index) => violations(element, one, `${path}[${index}]`, root));
  },
  required: (schema, value, path) =>
    listOf(schema['required'])
      .filter((name) => isObject(value) && value[String(name)] === undefined)
      .map((name) => `${path}: expected member ${name}, got none`),
  properties: (schema, value, path, root) =>
    membersOf(value).flatMap(([name, member]) => {
      const known = objectOf(schema['properties'])[name];
      return known === undefined ? [] : violations(objectOf(known), member, `${path}.${name}`, root);
    }),
  additionalProperties: (schema, value, path, root) => {
    const known = objectOf(schema['properties'] ?? {});
    const others = membersOf(value).filter(([name]) => known[name] === undefined);
    const rule = schema['additionalProperties'];
    if (rule === false) return others.map(([name]) => `${path}: expected no member ${name}`);
    return others.flatMap(([name, member]) => violations(objectOf(rule), member, `${path}.${name}`, root));
  },
};

/** What is wrong with `value`: one sentence each with its path, none when it fits. */
export function schemaViolations(schema: unknown, value: unknown): string[] {
  const root = objectOf(schema as Json);
  return violations(root, value as Json, '$', root);
}

function violations(schema: JsonObject, value: Json, path: string, root: JsonObject): string[] {
  return Object.keys(schema)
    .filter((keyword) => !ANNOTATIONS.has(keyword))
    .flatMap((keyword) => {
      const check = KEYWORDS[keyword];
      if (check === undefined) throw new TypeError(`schema: keyword ${keyword} is not known here`);
      return check(schema, value, path, root);
    });
}

function referenced(root: JsonObject, reference: string): JsonObject {
  const name = reference.replace(/^#\/\$defs\//, '');
  return objectOf(objectOf(root['$defs'])[name]);
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function atLeast(size: number | undefined, least: Json | undefined, path: string, what: string): string[] {
  return size === undefined || size >= Number(least)
    ? []
    : [`${path}: expected at least ${least} ${what}, got ${size}`];
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function membersOf(value: Json): [string, Json][] {
  return isObject(value) ? Object.entries(value) : [];
}

function objectOf(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError(`schema: expected an object, got ${JSON.stringify(value)}`);
  return value;
}
