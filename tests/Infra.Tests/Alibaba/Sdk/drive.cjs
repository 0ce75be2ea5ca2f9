// Drives the simulated OpenAPI through life.json with the vendor's own SDKs, and prints what each call was answered, as one JSON list.
// usage: node drive.cjs HOST:PORT ACCESS-KEY-ID ACCESS-KEY-SECRET [STEPS.json]
'use strict';
const fs = require('fs');
const path = require('path');
const { $OpenApiUtil, OpenApiUtil, default: Core } = require('@alicloud/openapi-core');
const $dara = require('@darabonba/typescript');

const [endpoint, accessKeyId, accessKeySecret, file = path.join(__dirname, 'life.json')] = process.argv.slice(2);
const config = () => new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint, regionId: 'cn-hangzhou', protocol: 'HTTP' });

// Products with an SDK of their own. Those of Auto Scaling and EMR are not in the registry: the generic client calls them.
const packages = {
  alb: '@alicloud/alb20200616', cs: '@alicloud/cs20151215', ecs: '@alicloud/ecs20140526', 'r-kvstore': '@alicloud/r-kvstore20150101',
  rds: '@alicloud/rds20140815', sts: '@alicloud/sts20150401', vpc: '@alicloud/vpc20160428',
};
const loaded = {};
function typed(product) {
  // Some of them take seconds to load.
  const sdk = require(packages[product]);
  return loaded[product] ??= { sdk, client: new sdk.default(config()) };
}
const generic = { ess: '2022-02-22', emr: '2021-03-20' };
const core = new Core(config());

async function call(step) {
  const [product, action] = step.call.split(':');
  const runtime = new $dara.RuntimeOptions({});
  if (generic[product]) {
    const params = new $OpenApiUtil.Params({ action, version: generic[product], protocol: 'HTTP', pathname: '/', method: 'POST', authType: 'AK', style: 'RPC', reqBodyType: 'formData', bodyType: 'json' });
    const answer = await core.callApi(params, new $OpenApiUtil.OpenApiRequest({ query: OpenApiUtil.query(step.with ?? {}) }), runtime);
    return { answer: answer.body };
  }

  const { sdk, client } = typed(product);
  const method = action[0].toLowerCase() + action.slice(1) + 'WithOptions';
  const Request = sdk[`${action}Request`];
  const args = [...(step.path ?? [])];
  if (Request) args.push($dara.cast(step.with ?? {}, new Request({})));
  if (product === 'cs') args.push({});
  const response = await client[method](...args, runtime);
  return { answer: response.body ? response.body.toMap() : {} };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const at = (answer, way) => way.split('.').reduce((value, name) => value?.[name], answer);

async function main() {
  const saved = {};
  const fill = (value) => JSON.parse(JSON.stringify(value).replace(/\$\{([\w-]+)\}/g, (_, name) => saved[name] ?? `no ${name}`));
  const results = [];
  for (const written of JSON.parse(fs.readFileSync(file, 'utf8'))) {
    const step = { ...fill(written) };
    let result;
    for (let tries = 0; ; tries++) {
      try {
        result = await call(step);
      } catch (error) {
        result = { refused: error.code, status: error.statusCode, name: error.name, retryAfter: error.retryAfter };
      }
      if (!step.until || at(result.answer, step.until.at) === step.until.is) break;
      if (result.refused || tries > 600) throw new Error(`${step.call}: ${step.until.at} is ${JSON.stringify(at(result.answer, step.until.at))}, never ${step.until.is}: ${JSON.stringify(result)}`);
      await sleep(20);
    }
    if (result.refused !== step.refused) throw new Error(`${step.call} ${JSON.stringify(step.with)}: refused with ${result.refused}, expected ${step.refused}`);
    for (const [name, way] of Object.entries(step.save ?? {})) {
      saved[name] = at(result.answer, way) ?? (() => { throw new Error(`${step.call}: no ${way} in ${JSON.stringify(result.answer)}`); })();
    }
    results.push({ call: step.call, ...result });
  }
  process.stdout.write(JSON.stringify(results));
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
