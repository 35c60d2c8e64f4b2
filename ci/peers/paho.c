/*
 * Eclipse Paho C: its static library has the functions that read packets, which no header of the
 * package names, so they are declared here. They are a client's, and read what a server sends.
 */
#include "ci/peers/peer.h"

void *MQTTPacket_publish(int version, unsigned char first, char *data, size_t size);
void *MQTTPacket_ack(int version, unsigned char first, char *data, size_t size);
void *MQTTPacket_suback(int version, unsigned char first, char *data, size_t size);
void *MQTTPacket_header_only(int version, unsigned char first, char *data, size_t size);
void MQTTPacket_freePublish(void *packet);
void MQTTPacket_freeAck(void *packet);
void MQTTPacket_freeSuback(void *packet);
int UTF8_validate(int size, const char *text);
int Heap_initialize(void);

static int version;

static void read_packet(uint8_t first, uint8_t *body, size_t size)
{
    void *packet;

    switch (first >> 4) {
    case 3:
        packet = MQTTPacket_publish(version, first, (char *)body, size);
        if (packet != NULL)
            MQTTPacket_freePublish(packet);
        break;
    case 4:
        packet = MQTTPacket_ack(version, first, (char *)body, size);
        if (packet != NULL)
            MQTTPacket_freeAck(packet);
        break;
    case 9:
        packet = MQTTPacket_suback(version, first, (char *)body, size);
        if (packet != NULL)
            MQTTPacket_freeSuback(packet);
        break;
    default: /* PINGRESP: what it returns is static */
        packet = MQTTPacket_header_only(version, first, (char *)body, size);
        break;
    }
    if (packet == NULL)
        abort();
}

static void pass_packets(const struct peer_input *input)
{
    peer_packets(input, read_packet);
}

static void bench_packets(const struct peer_input *input)
{
    unsigned count;

    version = input->name[1] - '0';
    count = peer_packets(input, read_packet);
    printf("%s decode, all faults\t%.4f\n", input->name,
           1e9 * peer_best_s(pass_packets, input, 5) / count);
}

static void bench_properties(const struct peer_input *input)
{
    version = 5;
    printf("%s\t%.4f\n", input->name, 1e9 * peer_best_s(pass_packets, input, 1) / 20000);
}

static bool is_good(const uint8_t *text, size_t size)
{
    return UTF8_validate((int)size, (const char *)text) == 1;
}

static void pass_text(const struct peer_input *input)
{
    if (!is_good(input->bytes, input->size))
        abort();
}

static void bench_text(const struct peer_input *input)
{
    peer_text(input, is_good, pass_text);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    Heap_initialize();
    peer_each(argv[1], "C[45]", bench_packets);
    peer_each(argv[1], "20,000 user properties", bench_properties);
    peer_each(argv[1], "UTF-8*", bench_text);
    return 0;
}
