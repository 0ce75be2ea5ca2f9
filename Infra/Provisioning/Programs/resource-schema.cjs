// Writes resource-schema.json from the typings of two npm packages, after a version was raised:
//   npm pack @pulumi/alicloud@V @pulumi/kubernetes@V, unpack both, then
//   NODE_PATH=Studio/node_modules node Infra/Provisioning/Programs/resource-schema.cjs ALICLOUD_FOLDER KUBERNETES_FOLDER [INTO]
// INTO: another file than resource-schema.json, as the test has it that compares the two.
const ts = require('typescript');
const fs = require('fs');
const path = require('path');

const target = path.join(__dirname, 'resource-schema.json');
const folders = { alicloud: process.argv[2], kubernetes: process.argv[3] };
const version = (name) => JSON.parse(fs.readFileSync(path.join(folders[name], 'package.json'), 'utf8')).version;
const parse = (file) => ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);

// The interfaces of a file by their names with namespaces, as core.v1.PodSpec.
function interfaces(file) {
  const found = new Map();
  const walk = (node, prefix) => ts.forEachChild(node, (child) => {
    if (ts.isInterfaceDeclaration(child)) found.set([...prefix, child.name.text].join('.'), child);
    else if (ts.isModuleDeclaration(child) && child.body) walk(child.body, [...prefix, child.name.text]);
  });
  walk(parse(file), []);
  return found;
}

const sides = Object.fromEntries(Object.entries(folders).map(([name, folder]) => [
  name, { inputs: interfaces(path.join(folder, 'types/input.d.ts')), outputs: interfaces(path.join(folder, 'types/output.d.ts')) },
]));
const objects = {};

function shape(pkg, type) {
  if (ts.isUnionTypeNode(type)) {
    const shapes = [...new Set(type.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword).map((part) => shape(pkg, part)))];
    return shapes.length === 1 ? shapes[0] : '*';
  }
  if (ts.isArrayTypeNode(type)) return `[${shape(pkg, type.elementType)}]`;
  if (ts.isParenthesizedTypeNode(type)) return shape(pkg, type.type);
  if (ts.isLiteralTypeNode(type)) return ts.isStringLiteral(type.literal) ? 'string' : '*';
  if (ts.isTypeLiteralNode(type)) {
    const member = type.members[0];
    return member && ts.isIndexSignatureDeclaration(member) ? `{${shape(pkg, member.type)}}` : '*';
  }
  if (ts.isTypeReferenceNode(type)) {
    const name = type.typeName.getText();
    if (/^pulumi\.(Input|Output)$/.test(name) || name === 'Promise') return shape(pkg, type.typeArguments[0]);
    if (/^(inputs|outputs)\./.test(name)) return object(pkg, name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1));
    return name.startsWith('enums.') ? 'string' : '*';
  }
  const plain = { [ts.SyntaxKind.StringKeyword]: 'string', [ts.SyntaxKind.NumberKeyword]: 'number', [ts.SyntaxKind.BooleanKeyword]: 'boolean' };
  return plain[type.kind] ?? '*';
}

function object(pkg, side, name) {
  const id = `${side === 'inputs' ? 'in' : 'out'}/${name}`;
  const declared = sides[pkg][side].get(name);
  if (!declared) return '*';
  if (!objects[id]) {
    objects[id] = {};
    for (const member of declared.members) if (ts.isPropertySignature(member)) objects[id][member.name.text ?? member.name.getText()] = shape(pkg, member.type);
  }
  return '@' + id;
}

function resource(token) {
  const [first, module, type] = token.split(':');
  const isProvider = first === 'pulumi';
  const pkg = isProvider ? type : first;
  const file = isProvider ? 'provider' : pkg === 'alicloud' ? module : `${module}/${type[0].toLowerCase()}${type.slice(1)}`;
  const name = isProvider ? 'Provider' : type;
  const found = { inputs: {}, outputs: {} };
  ts.forEachChild(parse(path.join(folders[pkg], `${file}.d.ts`)), (node) => {
    if (ts.isClassDeclaration(node) && node.name.text === name) {
      for (const member of node.members) {
        const readable = ts.isPropertyDeclaration(member) && member.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ReadonlyKeyword);
        if (readable && !member.name.getText().startsWith('__')) found.outputs[member.name.getText()] = shape(pkg, member.type);
      }
    }
    if (ts.isInterfaceDeclaration(node) && node.name.text === `${name}Args`) {
      for (const member of node.members) found.inputs[member.name.getText()] = shape(pkg, member.type);
    }
  });
  return found;
}

// The types stay those of the file; a new one is added there by its token first, with nothing in it.
const resources = Object.fromEntries(Object.keys(JSON.parse(fs.readFileSync(target, 'utf8')).resources).map((token) => [token, resource(token)]));

// An object that reads the same on both sides is kept once.
function equal(left, right, seen) {
  if (seen.has(`${left}=${right}`)) return true;
  seen.add(`${left}=${right}`);
  const keys = Object.keys(objects[left]);
  return keys.length === Object.keys(objects[right]).length && keys.every((key) => key in objects[right] && same(objects[left][key], objects[right][key], seen));
}

function same(left, right, seen) {
  const [one, two] = [left, right].map((text) => text.match(/^([[{]*)@(.*?)([\]}]*)$/));
  return left === right || (one !== null && two !== null && one[1] === two[1] && equal(one[2], two[2], seen));
}

const twins = Object.fromEntries(Object.keys(objects).filter((id) => id.startsWith('out/')).map((id) => [id, `in/${id.slice(4)}`]).filter(([id, twin]) => objects[twin] && equal(id, twin, new Set())));
const merged = (fields) => JSON.stringify(Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, text.replace(/@(out\/[\w.]+)/g, (whole, id) => (twins[id] ? `@${twins[id]}` : whole))])));
const source = `names and types of the typings in the npm packages @pulumi/alicloud ${version('alicloud')} and @pulumi/kubernetes ${version('kubernetes')}; * is any value, [T] a list, {T} a map, @name one of the objects`;
fs.writeFileSync(process.argv[4] ?? target, `{
 "source": ${JSON.stringify(source)},
 "resources": {
${Object.entries(resources).map(([token, one]) => `  ${JSON.stringify(token)}: {\n   "inputs": ${merged(one.inputs)},\n   "outputs": ${merged(one.outputs)}\n  }`).join(',\n')}
 },
 "objects": {
${Object.entries(objects).filter(([id]) => !twins[id]).map(([id, fields]) => `  ${JSON.stringify(id)}: ${merged(fields)}`).join(',\n')}
 }
}
`);
