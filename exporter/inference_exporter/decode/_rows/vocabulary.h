/* A code for each different text of a column. The texts themselves are in a store. */
#ifndef INFERENCE_EXPORTER_VOCABULARY_H
#define INFERENCE_EXPORTER_VOCABULARY_H

#include "text.h"

#define NO_CODE (-1)
#define NO_MEMORY (-2)

typedef struct {
    size_t start, length; /* in the store */
    uint64_t hash;
} Entry;

typedef struct {
    int32_t *slots; /* open addressing; NO_CODE is free */
    Entry *entries;
    int32_t n_slots, n_entries, room;
} Vocabulary;

static uint64_t mixed(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash with a secret seed, so that no sender can choose texts that collide. */
static uint64_t hash_of(Text at, size_t length, uint64_t seed) {
    uint64_t hash = seed ^ (length * 0x9E3779B97F4A7C15ULL), word = 0;
    if (length < 8) {
        for (size_t i = 0; i < length; i++) word = word << 8 | at[i];
        return mixed(hash ^ word, (seed >> 1) | 0x8000000000000001ULL);
    }
    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        hash = mixed(hash ^ word, seed | 0x8000000000000001ULL);
    }
    word = 0;
    memcpy(&word, at, length);
    return mixed(hash ^ word, (seed >> 1) | 0x8000000000000001ULL);
}

static void vocabulary_place(Vocabulary *own, int32_t code) {
    uint32_t mask = (uint32_t)own->n_slots - 1, slot = (uint32_t)own->entries[code].hash & mask;
    while (own->slots[slot] != NO_CODE) slot = (slot + 1) & mask;
    own->slots[slot] = code;
}

static int vocabulary_grow(Vocabulary *own) {
    int32_t room = own->room ? own->room * 2 : 8, n_slots = room * 2;
    Entry *entries = realloc(own->entries, (size_t)room * sizeof *entries);
    if (entries == NULL) return 0;
    own->entries = entries;
    int32_t *slots = malloc((size_t)n_slots * sizeof *slots);
    if (slots == NULL) return 0;
    free(own->slots);
    own->slots = slots;
    own->n_slots = n_slots;
    own->room = room;
    for (int32_t i = 0; i < n_slots; i++) slots[i] = NO_CODE;
    for (int32_t code = 0; code < own->n_entries; code++) vocabulary_place(own, code);
    return 1;
}

/* Return the code of a text; a new one gets the next code, and its bytes go to the store, where an unescaped text
 * already is. */
static int32_t vocabulary_code(Vocabulary *own, Store *store, Text text, size_t length, int in_store, uint64_t seed) {
    uint64_t hash = hash_of(text, length, seed);
    if (own->n_slots) {
        uint32_t mask = (uint32_t)own->n_slots - 1;
        for (uint32_t slot = (uint32_t)hash & mask; own->slots[slot] != NO_CODE; slot = (slot + 1) & mask) {
            const Entry *entry = own->entries + own->slots[slot];
            if (entry->hash == hash && entry->length == length &&
                same(store->bytes + entry->start, text, length))
                return own->slots[slot];
        }
    }
    if (own->n_entries >= own->room && !vocabulary_grow(own)) return NO_MEMORY;
    if (!in_store) {
        if (!store_room(store, length)) return NO_MEMORY;
        memcpy(store->bytes + store->length, text, length);
    }
    own->entries[own->n_entries] = (Entry){store->length, length, hash};
    store->length += length;
    vocabulary_place(own, own->n_entries);
    return own->n_entries++;
}

/* Remove the newest text: those placed before it are found as before. */
static void vocabulary_undo(Vocabulary *own) {
    int32_t code = --own->n_entries;
    uint32_t mask = (uint32_t)own->n_slots - 1, slot = (uint32_t)own->entries[code].hash & mask;
    while (own->slots[slot] != code) slot = (slot + 1) & mask;
    own->slots[slot] = NO_CODE;
}

/* Forget all texts. */
static void vocabulary_clear(Vocabulary *own) {
    if (own->n_slots > 1024) { /* one column of many texts should not cost the next rows */
        free(own->slots);
        free(own->entries);
        *own = (Vocabulary){0};
    }
    own->n_entries = 0;
    for (int32_t i = 0; i < own->n_slots; i++) own->slots[i] = NO_CODE;
}

#endif
