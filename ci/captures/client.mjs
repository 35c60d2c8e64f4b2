// A visit with MQTT.js: client.mjs url=mqtt://127.0.0.1 version=3|4|5 [qos=0|1|2] [username= password=]
// Subscribes, sends itself three messages, unsubscribes, leaves.
import mqtt from 'mqtt';

const given = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s)));
const version = Number(given.version);
const qos = Number(given.qos ?? 1);
const five = version === 5;

const client = await mqtt.connectAsync(given.url, {
  protocolVersion: version,
  protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
  clientId: 'mqttjs',
  username: given.username,
  password: given.password,
  autoAssignTopicAlias: five,
  will: { topic: 'js/will', payload: 'gone', qos: 1, retain: false },
  ...(five && { properties: { receiveMaximum: 10, topicAliasMaximum: 5, userProperties: { from: 'MQTT.js' } } }),
});

let heard = 0;
const all = new Promise((done) => client.on('message', () => ++heard === 3 && done()));

await client.subscribeAsync('js/#', { qos, ...(five && { properties: { subscriptionIdentifier: 7 } }) });
for (let i = 0; i < 3; i++)
  await client.publishAsync('js/topic', `message ${i}`, { qos, ...(five && { properties: { contentType: 'text/plain' } }) });
await all;
await client.unsubscribeAsync('js/#');
await client.endAsync();
