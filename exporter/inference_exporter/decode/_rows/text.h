/* Texts of JSON as UTF-8, and a store of those that are kept. */
#ifndef INFERENCE_EXPORTER_TEXT_H
#define INFERENCE_EXPORTER_TEXT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* Return whether bytes are equal: short ones without a call. */
static inline int same(Text a, Text b, size_t length) {
    uint64_t one, other;
    if (length < 8) {
        for (size_t i = 0; i < length; i++)
            if (a[i] != b[i]) return 0;
        return 1;
    }
    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&one, a + i, 8);
        memcpy(&other, b + i, 8);
        if (one != other) return 0;
    }
    memcpy(&one, a + length - 8, 8);
    memcpy(&other, b + length - 8, 8);
    return one == other;
}

/* Bytes one after another. */
typedef struct {
    unsigned char *bytes;
    size_t length, capacity;
} Store;

/* Make room for `more` bytes; 0 without memory. */
static int store_room(Store *store, size_t more) {
    if (store->bytes != NULL && store->capacity - store->length >= more) return 1;
    size_t capacity = (store->length + more) * 2 + 256;
    unsigned char *bytes = realloc(store->bytes, capacity);
    if (bytes == NULL) return 0;
    store->bytes = bytes;
    store->capacity = capacity;
    return 1;
}

typedef struct {
    Text start, end; /* inside the quotes */
    int escapes, beyond_ascii;
} Quoted;

/* Find the end of a text after its first quote. Return the place after its last quote, NULL at a control character. */
static Text find_quoted(Text at, Quoted *found) {
    found->start = at;
    found->escapes = 0;
    unsigned char every = 0;
    for (;;) {
        unsigned char c = *at;
        if (c == '"') break;
        if (c < 0x20) return NULL;
        if (c == '\\') {
            found->escapes = 1;
            if (*++at < 0x20) return NULL;
        }
        every |= *at++;
    }
    found->end = at;
    found->beyond_ascii = every >= 0x80;
    return at + 1;
}

static int continues(unsigned char c) { return (c & 0xC0) == 0x80; }

/* Return whether bytes are UTF-8 (Unicode 15, table 3-7). */
static int is_utf8(Text at, Text end) {
    while (at < end) {
        unsigned char c = *at++;
        if (c < 0x80) continue;
        int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
        if (c < 0xC2 || c > 0xF4 || end - at < more) return 0;
        if (c == 0xE0 && at[0] < 0xA0) return 0;
        if (c == 0xED && at[0] > 0x9F) return 0;
        if (c == 0xF0 && at[0] < 0x90) return 0;
        if (c == 0xF4 && at[0] > 0x8F) return 0;
        for (; more > 0; more--)
            if (!continues(*at++)) return 0;
    }
    return 1;
}

static int hex_of(Text at, Text end) {
    int value = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        unsigned char c = at[i], low = c | 0x20;
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (low >= 'a' && low <= 'f')
            value = value * 16 + (low - 'a' + 10);
        else
            return -1;
    }
    return value;
}

static unsigned char *put_utf8(unsigned char *to, uint32_t point) {
    if (point < 0x80) {
        *to++ = (unsigned char)point;
    } else if (point < 0x800) {
        *to++ = (unsigned char)(0xC0 | point >> 6);
        *to++ = (unsigned char)(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        *to++ = (unsigned char)(0xE0 | point >> 12);
        *to++ = (unsigned char)(0x80 | (point >> 6 & 0x3F));
        *to++ = (unsigned char)(0x80 | (point & 0x3F));
    } else {
        *to++ = (unsigned char)(0xF0 | point >> 18);
        *to++ = (unsigned char)(0x80 | (point >> 12 & 0x3F));
        *to++ = (unsigned char)(0x80 | (point >> 6 & 0x3F));
        *to++ = (unsigned char)(0x80 | (point & 0x3F));
    }
    return to;
}

/* Write a text without its escapes to `to`, which has room for it as it is: an escape is never shorter than its
 * character. Return the end; NULL for an escape that JSON does not have, a lone surrogate, or NUL. */
static unsigned char *unescape(Text at, Text end, unsigned char *to) {
    static const char FROM[] = "\"\\/bfnrt", TO[] = "\"\\/\b\f\n\r\t";
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        if (++at >= end) return NULL;
        unsigned char c = *at++;
        if (c != 'u') {
            const char *found = memchr(FROM, c, sizeof FROM - 1);
            if (found == NULL) return NULL;
            *to++ = (unsigned char)TO[found - FROM];
            continue;
        }
        int point = hex_of(at, end);
        if (point <= 0 || (point >= 0xDC00 && point <= 0xDFFF)) return NULL;
        at += 4;
        if (point >= 0xD800 && point <= 0xDBFF) {
            if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return NULL;
            int second = hex_of(at + 2, end);
            if (second < 0xDC00 || second > 0xDFFF) return NULL;
            at += 6;
            point = 0x10000 + ((point - 0xD800) << 10) + (second - 0xDC00);
        }
        to = put_utf8(to, (uint32_t)point);
    }
    return to;
}

/* Give the bytes of a quoted text: where they are, or without escapes at the end of the store, beyond its length.
 * Return 1; 0 if the general path has to read it; -1 without memory. */
static int plain_of(const Quoted *quoted, Store *store, Text *start, size_t *length) {
    if (quoted->beyond_ascii && !is_utf8(quoted->start, quoted->end)) return 0;
    size_t size = (size_t)(quoted->end - quoted->start);
    if (!quoted->escapes) {
        *start = quoted->start;
        *length = size;
        return 1;
    }
    if (!store_room(store, size)) return -1;
    unsigned char *begin = store->bytes + store->length;
    unsigned char *end = unescape(quoted->start, quoted->end, begin);
    if (end == NULL) return 0;
    *start = begin;
    *length = (size_t)(end - begin);
    return 1;
}

#endif
