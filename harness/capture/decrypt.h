/*
 * TLS in a capture, opened by a tshark of one's own, run as a child on the same file: the bytes
 * inside, and the frames that complete them.
 *
 * Keys are those of a key log in the text form of NSS (SSLKEYLOGFILE), and those that a pcapng file
 * carries. tshark is told that what is in TLS is mere data: then it need not know the port, and
 * gives each record once, whatever packets begin and end in it. What is made of the bytes is ours.
 */
#ifndef MQH_CAPTURE_DECRYPT_H
#define MQH_CAPTURE_DECRYPT_H

#include "codec/slice.h"

struct mqh_decrypt;

struct mqh_plain {
    struct mqc_slice bytes; /* live until the next is asked for */
    bool lost;              /* instead: there were records that the keys do not open */
};

/*
 * Starts tshark on the capture `path`; `keylog` may be NULL. NULL if that cannot be, with the
 * reason in `why`; else the caller calls mqh_decrypt_end().
 */
struct mqh_decrypt *mqh_decrypt_begin(const char *path, const char *keylog, char *why,
                                      size_t why_size);

/*
 * What a frame, counted from 1, brought of application data: one piece a call, false after the
 * last. Frames are asked for in their order; what is in those between is passed over. Waits for
 * tshark to come as far.
 */
bool mqh_decrypt_next(struct mqh_decrypt *decrypt, uint64_t frame, struct mqh_plain *out);

/* Ends it, and frees. False if tshark did not read the file to its end, with a reason. */
bool mqh_decrypt_end(struct mqh_decrypt *decrypt, char *why, size_t why_size);

#endif
