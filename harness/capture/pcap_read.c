/* libpcap's headers use the types of BSD. */
#define _DEFAULT_SOURCE

/*
 * pcap, read by libpcap. Its link types are those of the machine (DLT_…), nearly always the same
 * numbers as in files.
 */
#include "harness/capture/format.h"

#ifdef MQH_WITH_PCAP

#include <pcap/pcap.h>

static unsigned link_type(int dlt)
{
    switch (dlt) {
    case DLT_RAW:
        return MQH_LINK_RAW;
    case DLT_LOOP:
        return MQH_LINK_LOOP;
    default:
        return (unsigned)dlt;
    }
}

static enum mqh_capture_state next(struct mqh_capture_file *file, struct mqh_capture_frame *frame)
{
    enum { RECORD_HEADER = 16, END_OF_FILE = PCAP_ERROR_BREAK };
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int status = pcap_next_ex(file->pcap, &header, &bytes);

    if (status == END_OF_FILE)
        return MQH_CAPTURE_END;
    if (status != 1) {
        mqh_capture_fail(file, "%s", pcap_geterr(file->pcap));
        return MQH_CAPTURE_ERROR;
    }
    file->offset += RECORD_HEADER + header->caplen;
    *frame = (struct mqh_capture_frame){.time_ns = (uint64_t)header->ts.tv_sec * 1000000000 +
                                                   (uint64_t)header->ts.tv_usec,
                                        .link_type = link_type(pcap_datalink(file->pcap)),
                                        .bytes = {bytes, header->caplen},
                                        .wire_size = header->len};
    return MQH_CAPTURE_FRAME;
}

bool mqh_pcap_begin(struct mqh_capture_file *file)
{
    enum { FILE_HEADER = 24 };
    char why[PCAP_ERRBUF_SIZE] = "";

    file->pcap =
        pcap_fopen_offline_with_tstamp_precision(file->stream, PCAP_TSTAMP_PRECISION_NANO, why);
    if (file->pcap == NULL) {
        mqh_capture_fail(file, "%s", why);
        return false;
    }
    file->stream = NULL; /* it is libpcap's now */
    file->offset = FILE_HEADER;
    file->next = next;
    return true;
}

void mqh_pcap_end(struct mqh_capture_file *file)
{
    if (file->pcap != NULL)
        pcap_close(file->pcap);
}

#else

bool mqh_pcap_begin(struct mqh_capture_file *file)
{
    mqh_capture_fail(file, "a pcap file: this mqspec was built without libpcap; "
                           "editcap -F pcapng makes a file that it can read");
    return false;
}

void mqh_pcap_end(struct mqh_capture_file *file)
{
    (void)file;
}

#endif
