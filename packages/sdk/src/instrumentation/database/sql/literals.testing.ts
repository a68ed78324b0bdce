import fc from 'fast-check';
import { type Dialect, MYSQL, POSTGRESQL, SQLITE } from './dialect.ts';

/** What literals contain. */
export const SECRET = 'zqxw';
/** What literals without letters contain. */
export const NUMBER = '918273';

/** Ways to write a literal that contains a secret, by dialect. Each is one that the database itself accepts. */
export const LITERALS: Readonly<Record<string, { readonly dialect: Dialect; readonly forms: readonly string[] }>> = {
  postgresql: {
    dialect: POSTGRESQL,
    forms: [
      `'${SECRET}'`,
      `'it''s ${SECRET}'`,
      `'back\\'`,
      `E'\\' ${SECRET}'`,
      `e'${SECRET}\\\\'`,
      `U&'\\0061${SECRET}'`,
      `X'${NUMBER}'`,
      `B'0${NUMBER}'`,
      `$$it's ${SECRET}$$`,
      `$tag$ $$ ${SECRET} $tag$`,
      `'${SECRET}'::text`,
      `timestamp '${NUMBER}'`,
      `'a' -- ${SECRET}\n`,
      `'a' /* ${SECRET} /* nested ' */ ${SECRET} */`,
      NUMBER,
      `-${NUMBER}.5e-3`,
      `.${NUMBER}`,
      `0x${NUMBER}`,
      `1_${NUMBER}`,
    ],
  },
  mysql: {
    dialect: MYSQL,
    forms: [
      `'${SECRET}'`,
      `"${SECRET}"`,
      `'it\\'s ${SECRET}'`,
      `"it""s ${SECRET}"`,
      `'${SECRET}\\\\'`,
      `_utf8mb4'${SECRET}'`,
      `N'${SECRET}'`,
      `x'${NUMBER}'`,
      `0x${NUMBER}`,
      `1 # ${SECRET}\n`,
      `1 /*! ${SECRET} */`,
      `5--'\n${SECRET}'`,
      `5--${NUMBER}`,
      `5 -- it's ${SECRET}\n`,
      NUMBER,
      `${NUMBER}e+5`,
    ],
  },
  sqlite: {
    dialect: SQLITE,
    forms: [
      `'${SECRET}'`,
      `'it''s ${SECRET}'`,
      `"${SECRET}"`,
      `x'${NUMBER}'`,
      `1 -- "${SECRET}\n`,
      `1 /* ${SECRET} */`,
      NUMBER,
      `${NUMBER}.25`,
      `0x${NUMBER}`,
    ],
  },
};

const SHAPES = [
  'select * from users where name = ? and age > ?',
  'insert into orders (id, name) values (?, ?), (?, ?)',
  'update a.users set name=?,note =? where id in (?, ?, ?)',
  'delete from t1 where col1 between ? and ?or x=?',
  'select coalesce(a, ?) as "b" from x join y on x.id = y.id where x.v like ? limit ?',
  'with c as (select ?) select * from c where (c.a, c.b) in ((?, ?), (?, ?))',
];

/** Generates statements with literals of the given forms. */
export function literalStatements(forms: readonly string[]): fc.Arbitrary<string> {
  return fc.constantFrom(...SHAPES).chain((text) => {
    const parts = text.split('?');
    const count = parts.length - 1;
    return fc
      .array(fc.constantFrom(...forms), { minLength: count, maxLength: count })
      .map((literals) => parts.map((part, i) => part + (literals[i] ?? '')).join(''));
  });
}
