import type { ComponentCases } from '../cases.ts';

const signals = ['traces'];
const KEYS = ['text', 'int', 'double', 'bool', 'list', 'map', 'any', 'http.route', 'kube_pod', 'Password'];
const name = (config: object) => ({ name: config });
const rules = (list: readonly string[], options: object = {}) => name({ to_attributes: { rules: list, ...options } });

/** Test cases for `span`. */
export const cases: ComponentCases = {
  kind: 'processor',
  type: 'span',
  configurations: [
    ...KEYS.map((key) => ({ name: `from ${key}`, config: name({ from_attributes: [key] }), signals })),
    {
      name: 'from several',
      config: name({ from_attributes: ['http.request.method', 'text', 'any'], separator: ' ' }),
      signals,
    },
    { name: 'from several without separator', config: name({ from_attributes: ['int', 'double'] }), signals },
    { name: 'from an absent one', config: name({ from_attributes: ['int', 'absent'], separator: '-' }), signals },
    { name: 'to attributes', config: rules([String.raw`^(?P<first>\w+)`]), signals },
    { name: 'to several attributes', config: rules([String.raw`(?P<a>\w)(?P<b>\w)`, '(?P<text>[^{}]+)$']), signals },
    {
      name: 'to attributes, first rule only',
      config: rules(['(?P<a>[A-Z])', '(?P<b>[a-z])'], { break_after_match: true }),
      signals,
    },
    {
      name: 'to attributes, name kept',
      config: rules(['(?P<a>[A-Z])', '(?P<b>[a-z])'], { keep_original_name: true }),
      signals,
    },
    { name: 'to attributes, without groups', config: rules(['[a-z]']), signals },
    { name: 'to an attribute without name', config: rules(['([a-z]+)']), signals },
    { name: 'to attributes of the same name', config: rules(['(?P<http.route>[a-z]+)']), signals },
    { name: 'to attributes of other letters', config: rules(['(?P<x>[^\\x00-\\x7f]+)']), signals },
    {
      name: 'from and to attributes',
      config: name({ from_attributes: ['text'], to_attributes: { rules: ['(?P<text>[a-z]+)'] } }),
      signals,
    },
    { name: 'status Ok', config: { status: { code: 'Ok' } }, signals },
    { name: 'status Error', config: { status: { code: 'Error' } }, signals },
    { name: 'status Error with description', config: { status: { code: 'Error', description: 'why' } }, signals },
    { name: 'status Unset', config: { status: { code: 'Unset' } }, signals },
    {
      name: 'include and exclude',
      config: {
        include: { match_type: 'regexp', services: ['shop|front'], span_kinds: ['SERVER|INTERNAL'] },
        exclude: { match_type: 'strict', attributes: [{ key: 'http.request.method', value: 'GET' }] },
        status: { code: 'Error' },
        name: { from_attributes: ['http.request.method'] },
      },
      signals,
    },
    { name: 'nothing', config: {}, signals },
    { name: 'no rules', config: rules([]), signals },
    { name: 'wrong rule', config: rules(['(']), signals },
    { name: 'wrong code', config: { status: { code: 'OK' } }, signals },
    { name: 'no code', config: { status: {} }, signals },
    { name: 'description of Ok', config: { status: { code: 'Ok', description: 'x' } }, signals },
    { name: 'include nothing', config: { include: { match_type: 'strict' }, status: { code: 'Ok' } }, signals },
    {
      name: 'include bodies',
      config: { include: { match_type: 'strict', log_bodies: ['x'] }, status: { code: 'Ok' } },
      signals,
    },
    { name: 'unknown option', config: { status: { code: 'Ok' }, rename: {} }, signals },
  ],
};
