import { badOption } from '../options.ts';
import { hasRole, isPlainPath, isRepeated, parseTextPath, type TextPath } from './text-path.ts';

/** Which strings of a row are its texts. */
export interface TextOptions {
  /**
   * A column, or a path to texts within columns (`meta.body`, `paragraphs[]`, `messages[].content`), or several of these.
   * @defaultValue 'text'
   */
  readonly textColumn?: string | readonly string[] | undefined;
  /** Of texts in a list of objects, those alone whose object has one of these roles. @defaultValue all */
  readonly roles?: readonly string[] | undefined;
  /** The field that holds the role. @defaultValue 'role' */
  readonly roleField?: string | undefined;
  /** The column whose value keys the draws of a row's texts. @defaultValue a hash of each text's bytes */
  readonly keyColumn?: string | undefined;
  /** Mix the place of a text in its row into its key, so that equal texts in different places draw differently. @defaultValue false */
  readonly keyPlaces?: boolean | undefined;
}

/** {@link TextOptions}, checked. */
export interface TextSelection {
  /** At least one, each different. */
  readonly paths: readonly TextPath[];
  /** Undefined: texts of all roles. */
  readonly roles: ReadonlySet<string> | undefined;
  readonly roleField: string;
  readonly keyColumn: string | undefined;
  readonly keyPlaces: boolean;
  /** Whether a row may have more than one text. */
  readonly isMany: boolean;
}

/**
 * What the options select.
 *
 * @returns null where the text is one column by its name, so that a row is its text's row.
 * @throws ToeditError `BAD_OPTION`
 */
export function textSelection(options: TextOptions): TextSelection | null {
  const selection = anySelection(options);
  const { paths, roles, keyPlaces, isMany } = selection;
  const [only] = paths;
  const isPlain = !isMany && only !== undefined && isPlainPath(only);
  return isPlain && roles === undefined && !keyPlaces ? null : selection;
}

/** {@link textSelection}, also of one column. */
export function anySelection(options: TextOptions): TextSelection {
  const { textColumn = 'text', roles, roleField = 'role', keyColumn, keyPlaces = false } = options;
  const names = typeof textColumn === 'string' ? [textColumn] : textColumn;
  if (names.length === 0) throw badOption('textColumn', '[]', 'name at least one column');
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badOption('textColumn', twice, 'it is named twice; name it once');
  const paths = names.map(parseTextPath);
  if (roles !== undefined) requireRoles(paths, roles, roleField);
  const isMany = paths.length > 1 || paths.some(isRepeated);
  return { paths, roles: roles && new Set(roles), roleField, keyColumn, keyPlaces, isMany };
}

function requireRoles(
  paths: readonly TextPath[],
  roles: readonly string[],
  roleField: string,
): void {
  if (roles.length === 0) throw badOption('roles', '[]', 'name at least one, such as assistant');
  const example = 'such as messages[].content';
  if (!paths.some(hasRole)) {
    throw badOption(
      'roles',
      roles.join(','),
      `no text lies in a list of objects; name one that does, ${example}`,
    );
  }
  const edited = paths.find((path) => hasRole(path) && nameOf(path.steps.at(-1)) === roleField);
  if (edited === undefined) return;
  throw badOption(
    'textColumn',
    edited.text,
    'the roles select by it, so it cannot be a text; leave it out',
  );
}

function nameOf(step: TextPath['steps'][number] | undefined): string | undefined {
  return typeof step === 'object' ? step.name : undefined;
}
