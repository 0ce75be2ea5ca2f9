// Drives an HTTPRoute with the Kubernetes project's own client for Node.js, and prints what it saw as one JSON map.
// usage: node httproute.cjs SERVER read|split
'use strict';
const [server, what] = process.argv.slice(2);

async function main() {
  const k8s = await import(require.resolve('@kubernetes/client-node'));
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    // Plain HTTP is only spoken where nothing is verified.
    clusters: [{ name: 'simulated', server, skipTLSVerify: true }], users: [{ name: 'none' }],
    contexts: [{ name: 'simulated', cluster: 'simulated', user: 'none' }], currentContext: 'simulated',
  });
  const client = config.makeApiClient(k8s.CustomObjectsApi);
  const route = { group: 'gateway.networking.k8s.io', version: 'v1', namespace: 'trading', plural: 'httproutes', name: 'trading' };
  if (what === 'split') {
    const theirs = await client.getNamespacedCustomObject(route);
    for (const backend of theirs.spec.rules[0].backendRefs) backend.weight = 5;
    await client.replaceNamespacedCustomObject({ ...route, body: theirs });
  }

  const seen = await client.getNamespacedCustomObject(route);
  process.stdout.write(JSON.stringify({
    weights: seen.spec.rules[0].backendRefs.map((backend) => `${backend.name}=${backend.weight}`),
    generation: seen.metadata.generation,
    conditions: (seen.status?.parents?.[0]?.conditions ?? []).map((condition) => `${condition.type}=${condition.status}@${condition.observedGeneration}`),
  }));
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
