/**
 * What is wrong with a JSON value by a JSON Schema of the 2020-12 dialect, one sentence each with its path.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** @throws Error when the schema is no schema, or has a keyword that would not be checked */
export function schemaViolations(schema: unknown, value: unknown): string[] {
  const validate = new Ajv2020({ allErrors: true, strict: true }).compile(schema as object);
  return validate(value) ? [] : (validate.errors ?? []).map(sentence);
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  return `$${instancePath}: ${message ?? 'does not fit'} ${JSON.stringify(params)}`;
}
