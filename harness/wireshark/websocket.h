/*
 * MQTT over WebSocket for Wireshark's dissector of MQTT, which in 4.0 knows nothing of it: packets
 * are put together from WebSocket messages, which need not hold whole ones (MQTT.js sends a packet
 * in several), and handed to it in the frame that completes them.
 */
#ifndef MQSPEC_WIRESHARK_WEBSOCKET_H
#define MQSPEC_WIRESHARK_WEBSOCKET_H

/* To be called when all dissectors are known; `proto` is the plugin's. */
void mqspec_register_websocket(int proto);

#endif
