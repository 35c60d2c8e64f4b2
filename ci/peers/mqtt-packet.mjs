// mqtt-packet, which most MQTT programs on Node.js use, and isUtf8() of Node.js, which is simdutf.
import { isUtf8 } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, what, modules] = process.argv.slice(2);
const ROUNDS = 20;

function best(pass) {
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
        const begin = process.hrtime.bigint();
        pass();
        least = Math.min(least, Number(process.hrtime.bigint() - begin));
    }
    return least;
}

function show(name, value) {
    console.log(`${name}\t${value.toFixed(4)}`);
}

function text(name, bytes) {
    const repeats = bytes.length < 1 << 15 ? 10000 : 20;
    if (!isUtf8(bytes)) return;
    const ns = best(() => { for (let i = 0; i < repeats; i++) isUtf8(bytes); }) / repeats;
    show(name, bytes.length < 1 << 15 ? ns : bytes.length / ns);
}

function packets(mqtt, name, bytes) {
    const options = { protocolVersion: Number(name[1]) };
    const all = [];
    const parse = (take) => {
        const parser = mqtt.parser(options);
        parser.on("packet", take);
        parser.on("error", (error) => { throw error; });
        parser.parse(bytes);
    };
    parse((packet) => all.push(packet));
    let count = 0;
    show(`${name} decode, all faults`, best(() => parse(() => count++)) / all.length);
    show(`${name} encode`, best(() => all.forEach((packet) => mqtt.generate(packet, options))) / all.length);
}

if (what === "isUtf8") {
    for (const name of readdirSync(folder).filter((name) => name.startsWith("UTF-8")))
        text(name, readFileSync(`${folder}/${name}`));
} else {
    const mqtt = createRequire(`${modules}/`)("mqtt-packet");
    for (const name of ["C4", "S4", "C5", "S5"])
        packets(mqtt, name, readFileSync(`${folder}/${name}`));
}
