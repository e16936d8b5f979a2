/**
 * What is wrong with a JSON value by a JSON Schema of the 2020-12 dialect, one sentence each with its path.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** @throws Error when the schema is no schema, or has a keyword that would not be checked */
export function schemaViolations(schema: unknown, value: unknown): string[] {
  return schemaChecker(schema)(value);
}

/**
 * The same for many values.
 * @param definition name of the one of the schema's `$defs` that the values follow, the whole schema when absent
 * @returns what is wrong with a value
 * @throws Error as {@link schemaViolations}
 */
export function schemaChecker(schema: unknown, definition?: string): (value: unknown) => string[] {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
  const validate = ajv
    .addSchema(schema as object, ROOT)
    .compile({ $ref: definition === undefined ? ROOT : `${ROOT}#/$defs/${definition}` });
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(sentence));
}

const ROOT = 'root.json';

function sentence({ instancePath, message, params }: ErrorObject): string {
  return `$${instancePath}: ${message ?? 'does not fit'} ${JSON.stringify(params)}`;
}
