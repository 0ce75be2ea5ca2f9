// Drives a cluster's API with the Kubernetes project's own client for Node.js, and prints what it saw as one JSON map.
// usage: node conformance.cjs SERVER
'use strict';
const [server] = process.argv.slice(2);

async function main() {
  const k8s = await import(require.resolve('@kubernetes/client-node'));
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    // Plain HTTP is only spoken where nothing is verified.
    clusters: [{ name: 'simulated', server, skipTLSVerify: true }], users: [{ name: 'none' }],
    contexts: [{ name: 'simulated', cluster: 'simulated', user: 'none' }], currentContext: 'simulated',
  });
  const core = config.makeApiClient(k8s.CoreV1Api);
  const apps = config.makeApiClient(k8s.AppsV1Api);
  const batch = config.makeApiClient(k8s.BatchV1Api);
  const policy = config.makeApiClient(k8s.PolicyV1Api);
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const namespace = 'default';
  const as = (type) => k8s.setHeaderOptions('Content-Type', type);
  const refused = async (call) => { try { await call(); return 'nothing was refused'; } catch (error) { const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body; return `${error.code} ${status.reason} ${status.details?.kind ?? ''}`.trim(); } };
  const until = async (what, holds) => { for (let tries = 0; tries < 400; tries++) { const value = await holds(); if (value) return value; await new Promise((done) => setTimeout(done, 25)); } throw new Error(`never: ${what}`); };

  // An informer lists, watches from there on with bookmarks, and lists again when what it knows is too old.
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
  const events = [];
  for (const kind of ['add', 'update', 'delete']) informer.on(kind, (map) => events.push(`${kind} ${map.metadata.name}`));
  let stopped = false;
  informer.on('error', (error) => { if (!stopped) { events.push(`error ${error.code ?? error.statusCode ?? error.message}`); setTimeout(() => informer.start(), 10); } });
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'before' }, data: { a: '1' } } });
  await informer.start();
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'after' } } });
  await until('the informer hears of it', () => events.includes('add after'));
  const merged = await core.patchNamespacedConfigMap({ namespace, name: 'before', body: { data: { b: '2' } } }, as('application/merge-patch+json'));
  const jsonPatched = await core.patchNamespacedConfigMap({ namespace, name: 'before', body: [{ op: 'replace', path: '/data/a', value: '3' }] }, as('application/json-patch+json'));
  await core.patchNamespacedConfigMap({ namespace, name: 'before', body: { metadata: { finalizers: ['example.com/a'] } } }, as('application/strategic-merge-patch+json'));
  const strategic = await core.patchNamespacedConfigMap({ namespace, name: 'before', body: { metadata: { finalizers: ['example.com/b'] } } }, as('application/strategic-merge-patch+json'));
  await core.deleteNamespacedConfigMap({ namespace, name: 'after' });
  await until('the informer hears of the deletion', () => events.includes('delete after'));
  const cached = informer.list().map((map) => map.metadata.name);
  stopped = true;
  await informer.stop();

  // Watches from a version on: bookmarks at the end, 410 for one that is forgotten.
  const watch = new k8s.Watch(config);
  const watched = (query) => new Promise((done) => { const seen = []; watch.watch(`/api/v1/namespaces/${namespace}/configmaps`, query, (type, object) => seen.push(`${type}${object.metadata?.annotations?.['k8s.io/initial-events-end'] ? ' initial-events-end' : ''}${object.code ? ` ${object.code}` : ''}`), (error) => done({ seen, error: error ? `${error.statusCode ?? error.message}` : null })); });
  const bookmarks = await watched({ timeoutSeconds: 1, allowWatchBookmarks: true, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
  const expired = await watched({ timeoutSeconds: 1, resourceVersion: '1' });

  // Field managers and applies.
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace }, data: { key: 'one' } };
  await objects.patch(applied, undefined, undefined, 'one', undefined, k8s.PatchStrategy.ServerSideApply);
  const conflict = await refused(() => objects.patch({ ...applied, data: { key: 'two' } }, undefined, undefined, 'two', false, k8s.PatchStrategy.ServerSideApply));
  const forced = await objects.patch({ ...applied, data: { key: 'two' } }, undefined, undefined, 'two', true, k8s.PatchStrategy.ServerSideApply);

  // Subresources: scale, eviction within a budget, a job's status and its pod's log.
  const pod = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'web:1' }] } };
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: pod } } });
  await policy.createNamespacedPodDisruptionBudget({ namespace, body: { metadata: { name: 'web' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } } } });
  await until('the deployment is available', async () => (await apps.readNamespacedDeployment({ namespace, name: 'web' })).status.availableReplicas === 2);
  const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' });
  const pods = (await core.listNamespacedPod({ namespace, labelSelector: 'app=web' })).items;
  const evict = () => core.createNamespacedPodEviction({ namespace, name: pods[0].metadata.name, body: { metadata: { name: pods[0].metadata.name, namespace } } });
  const held = await refused(evict);
  await apps.patchNamespacedDeploymentScale({ namespace, name: 'web', body: { spec: { replicas: 3 } } }, as('application/merge-patch+json'));
  await until('the third is available', async () => (await apps.readNamespacedDeployment({ namespace, name: 'web' })).status.availableReplicas === 3);
  await evict();
  await batch.createNamespacedJob({ namespace, body: { metadata: { name: 'work' }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'tool', command: ['echo', 'done'] }] } } } } });
  const job = await until('the job ends', async () => { const one = await batch.readNamespacedJob({ namespace, name: 'work' }); return one.status.conditions?.some((condition) => condition.type === 'Complete') && one; });
  const worker = (await core.listNamespacedPod({ namespace, labelSelector: 'job-name=work' })).items[0];
  const log = await core.readNamespacedPodLog({ namespace, name: worker.metadata.name });

  // Pages of one moment.
  const names = [];
  let page;
  do {
    page = await core.listNode({ limit: 3, _continue: page?.metadata?._continue });
    names.push(...page.items.map((node) => node.metadata.name));
  } while (page.metadata._continue);

  process.stdout.write(JSON.stringify({
    events, cached, bookmarks, expired, conflict, held, log, names,
    patched: { merged: merged.data, json: jsonPatched.data, finalizers: strategic.metadata.finalizers },
    owner: forced.metadata.managedFields.map((entry) => `${entry.manager} ${entry.operation}`),
    scale: `${scale.spec.replicas} ${scale.status.selector}`,
    job: `${job.status.succeeded} ${job.status.completionTime instanceof Date}`,
    missing: await refused(() => core.readNamespacedPod({ namespace, name: 'nobody' })),
    twice: await refused(() => core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'owned' } } })),
    invalid: await refused(() => core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'No_Name' } } })),
    stale: await refused(() => core.replaceNamespacedConfigMap({ namespace, name: 'owned', body: { metadata: { name: 'owned', resourceVersion: '1' } } })),
  }));
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
