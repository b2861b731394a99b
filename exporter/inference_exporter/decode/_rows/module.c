/* Rows of JSON objects of one known shape, parsed into columns in one pass and without the interpreter's lock.
 *
 * A record has the expected names in any order, each once, with values of the expected kinds, or it is left to the
 * general path in Python, which stays the only judge of what is valid. Nothing here recurses: objects are one level
 * deep. decode/_compiled.py makes the parser and turns its buffers into arrays.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "vocabulary.h"

#define EXACT 9007199254740992.0 /* 2^53: from here on whole numbers are identifiers, which keep their digits */
#define ID_BYTES_AT_MOST 128
#define LINE_BYTES_AT_MOST (1 << 16) /* the general path cuts texts that are longer */
#define NO_TEXT SIZE_MAX

/* As in decode/_compiled.py. */
enum Kind { NUMBER, TIME, MOMENT, STATUS, FEW_TEXTS, TEXTS, ID, WHOLE_ID, BOOLEAN, CONSTANT, OBJECT, N_KINDS };

typedef struct {
    unsigned char *text; /* the name in its quotes; of a constant also its value, which follows */
    size_t length, value_length;
    enum Kind kind;
    int32_t place; /* among the values of its sort in a row, or among the objects */
    uint32_t seen; /* the last row with this name */
} Field;

typedef struct {
    Field *fields;
    int32_t n_fields, *slots, n_slots;
} Names;

typedef struct {
    size_t start, length;
} Span;

typedef struct {
    PyObject_HEAD
    const Power *powers;
    PyObject *power_bytes;
    uint64_t seed;
    Names record, *objects;
    int32_t n_objects, n_numbers, n_few, n_texts, n_booleans;
    Vocabulary *vocabularies;
    Store store;
    double *numbers; /* rows one after another, as all that follow */
    int32_t *codes, *added; /* added: the columns whose vocabulary grew in this row */
    Span *texts;
    signed char *booleans;
    int64_t *indices;
    size_t n_rows, room;
    int32_t n_added;
    uint32_t stamp;
    int32_t id_place; /* among the texts of a row, or NO_CODE */
    int busy;
} Rows;

enum Outcome { FITS, MISFIT, NO_ROOM };

/* Between tokens; a record ends in a line feed, which is none of these. */
static inline Text after_blanks(Text at) {
    while (*at == ' ' || *at == '\t' || *at == '\r') at++;
    return at;
}

static Field *found_name(Names *names, Text at, size_t left, uint64_t seed) {
    Quoted quoted;
    Text end = find_quoted(at + 1, &quoted);
    if (end == NULL || (size_t)(end - at) > left) return NULL;
    size_t length = (size_t)(end - at);
    uint32_t mask = (uint32_t)names->n_slots - 1, slot = (uint32_t)hash_of(at, length, seed) & mask;
    for (; names->slots[slot] >= 0; slot = (slot + 1) & mask) {
        Field *field = names->fields + names->slots[slot];
        if (field->length == length && same(field->text, at, length)) return field;
    }
    return NULL;
}

static enum Outcome read_few(Rows *self, int32_t place, Text *at) {
    Quoted quoted;
    Text text, end = find_quoted(*at, &quoted);
    size_t length;
    if (end == NULL) return MISFIT;
    int plain = plain_of(&quoted, &self->store, &text, &length);
    if (plain <= 0) return plain < 0 ? NO_ROOM : MISFIT;
    Vocabulary *own = self->vocabularies + place;
    int32_t before = own->n_entries;
    int32_t code = vocabulary_code(own, &self->store, text, length, quoted.escapes, self->seed);
    if (code == NO_MEMORY) return NO_ROOM;
    if (own->n_entries > before) self->added[self->n_added++] = place;
    self->codes[self->n_rows * (size_t)self->n_few + (size_t)place] = code;
    *at = end;
    return FITS;
}

static enum Outcome keep_text(Rows *self, int32_t place, Text start, size_t length, int in_store) {
    if (!in_store) {
        if (!store_room(&self->store, length)) return NO_ROOM;
        memcpy(self->store.bytes + self->store.length, start, length);
    }
    self->texts[self->n_rows * (size_t)self->n_texts + (size_t)place] = (Span){self->store.length, length};
    self->store.length += length;
    return FITS;
}

static enum Outcome read_text(Rows *self, const Field *field, Text *at) {
    Quoted quoted;
    Text text, end = find_quoted(*at, &quoted);
    size_t length;
    if (end == NULL) return MISFIT;
    int plain = plain_of(&quoted, &self->store, &text, &length);
    if (plain <= 0) return plain < 0 ? NO_ROOM : MISFIT;
    if (field->kind == ID && length > ID_BYTES_AT_MOST) return MISFIT;
    *at = end;
    return keep_text(self, field->place, text, length, quoted.escapes);
}

static enum Outcome read_whole_id(Rows *self, const Field *field, Text *at) {
    Text start = *at, end = start + (*start == '-');
    if (!is_digit(*end) || (*end == '0' && (end > start || is_digit(end[1])))) return MISFIT;
    while (is_digit(*end)) end++;
    if (*end == '.' || (*end | 0x20) == 'e' || end - start > DIGITS_AT_MOST - 1) return MISFIT;
    *at = end;
    return keep_text(self, field->place, start, (size_t)(end - start), 0);
}

/* Read a number of a kind that is kept as a double. */
static enum Outcome read_double(Rows *self, const Field *field, Text *at) {
    double value;
    Text end = field->kind == MOMENT ? (**at == '"' ? read_moment(*at + 1, &value) : NULL)
                                     : read_number(self->powers, *at, &value);
    if (end == NULL) return MISFIT;
    if (field->kind == NUMBER && !(value < EXACT && value > -EXACT)) return MISFIT;
    if (field->kind == STATUS && !(value >= 100 && value <= 599 && value == (double)(int)value && end - *at == 3))
        return MISFIT;
    self->numbers[self->n_rows * (size_t)self->n_numbers + (size_t)field->place] = value;
    *at = end;
    return FITS;
}

static int is_null(Text at) { return at[0] == 'n' && at[1] == 'u' && at[2] == 'l' && at[3] == 'l'; }

/* Read a value of a field of any kind but an object. */
static enum Outcome read_value(Rows *self, const Field *field, Text *at, Text end) {
    Text start = *at;
    if (field->kind == CONSTANT) {
        size_t length = field->value_length;
        if ((size_t)(end - start) < length || memcmp(start, field->text + field->length, length) != 0) return MISFIT;
        *at = start + length;
        return FITS;
    }
    int absent = is_null(start);
    if (absent) *at = start + 4;
    switch (field->kind) {
    case NUMBER: case TIME: case MOMENT: case STATUS:
        if (!absent) return read_double(self, field, at);
        self->numbers[self->n_rows * (size_t)self->n_numbers + (size_t)field->place] = NAN;
        return FITS;
    case FEW_TEXTS:
        if (!absent) return *start == '"' ? (++*at, read_few(self, field->place, at)) : MISFIT;
        self->codes[self->n_rows * (size_t)self->n_few + (size_t)field->place] = NO_CODE;
        return FITS;
    case TEXTS: case ID: case WHOLE_ID:
        if (absent) {
            self->texts[self->n_rows * (size_t)self->n_texts + (size_t)field->place] = (Span){NO_TEXT, 0};
            return FITS;
        }
        if (field->kind == WHOLE_ID) return read_whole_id(self, field, at);
        return *start == '"' ? (++*at, read_text(self, field, at)) : MISFIT;
    case BOOLEAN: {
        signed char truth = -1;
        if (!absent) {
            truth = start[0] == 't' && start[1] == 'r' && start[2] == 'u' && start[3] == 'e';
            if (!truth && !(start[0] == 'f' && start[1] == 'a' && start[2] == 'l' && start[3] == 's' && start[4] == 'e'))
                return MISFIT;
            *at = start + (truth ? 4 : 5);
        }
        self->booleans[self->n_rows * (size_t)self->n_booleans + (size_t)field->place] = truth;
        return FITS;
    }
    default:
        return MISFIT;
    }
}

static enum Outcome read_object(Rows *self, Names *names, Text *place, Text end, int is_record);

/* Read one name and its value; `expected` is the field that usually comes here. */
static enum Outcome read_member(Rows *self, Names *names, int32_t expected, Text *place, Text end, int is_record) {
    Text at = *place;
    if (*at != '"') return MISFIT;
    Field *field = names->fields + expected;
    if ((size_t)(end - at) < field->length || !same(at, field->text, field->length)) {
        field = found_name(names, at, (size_t)(end - at), self->seed);
        if (field == NULL) return MISFIT;
    }
    if (field->seen == self->stamp) return MISFIT; /* twice */
    field->seen = self->stamp;
    at = after_blanks(at + field->length);
    if (*at != ':') return MISFIT;
    *place = after_blanks(at + 1);
    if (field->kind != OBJECT) return read_value(self, field, place, end);
    return is_record ? read_object(self, self->objects + field->place, place, end, 0) : MISFIT;
}

/* Read an object that has each of the names once. Objects inside a record have none inside, which bounds the depth. */
static enum Outcome read_object(Rows *self, Names *names, Text *place, Text end, int is_record) {
    Text at = *place;
    if (*at != '{') return MISFIT;
    at = after_blanks(at + 1);
    for (int32_t expected = 0; expected < names->n_fields; expected++) {
        if (expected > 0) {
            if (*at != ',') return MISFIT;
            at = after_blanks(at + 1);
        }
        enum Outcome outcome = read_member(self, names, expected, &at, end, is_record);
        if (outcome != FITS) return outcome;
        at = after_blanks(at);
    }
    if (*at != '}') return MISFIT;
    *place = at + 1;
    return FITS;
}

static int grown(void **block, size_t room, size_t width, size_t size) {
    if (width == 0) return 1;
    void *larger = realloc(*block, room * width * size);
    if (larger == NULL) return 0;
    *block = larger;
    return 1;
}

static int make_room(Rows *self) {
    if (self->n_rows < self->room) return 1;
    size_t room = self->room ? self->room * 2 : 64;
    if (!grown((void **)&self->numbers, room, (size_t)self->n_numbers, sizeof *self->numbers) ||
        !grown((void **)&self->codes, room, (size_t)self->n_few, sizeof *self->codes) ||
        !grown((void **)&self->texts, room, (size_t)self->n_texts, sizeof *self->texts) ||
        !grown((void **)&self->booleans, room, (size_t)self->n_booleans, sizeof *self->booleans) ||
        !grown((void **)&self->indices, room, 1, sizeof *self->indices))
        return 0;
    self->room = room;
    return 1;
}

/* Line feeds are blank between the items of an array, but not inside of them. */
static inline Text after_lines(Text at) {
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') at++;
    return at;
}

/* Take one record: a line, up to a line feed or a NUL at `end`; or an item, and set its end, the comma or bracket that
 * follows. What a record that does not fit has left behind is removed. */
static enum Outcome add_record(Rows *self, Text at, Text end, int64_t index, Text *item_end) {
    if (!make_room(self)) return NO_ROOM;
    size_t kept = self->store.length;
    Text start = at;
    self->n_added = 0;
    if (++self->stamp == 0) return MISFIT;
    at = item_end ? after_lines(at) : after_blanks(at);
    enum Outcome outcome = read_object(self, &self->record, &at, end, 1);
    if (outcome == FITS) {
        at = item_end ? after_lines(at) : after_blanks(at);
        int ends = item_end ? *at == ',' || *at == ']' : at == end;
        if (ends && at - start <= LINE_BYTES_AT_MOST) {
            if (item_end) *item_end = at;
            self->indices[self->n_rows++] = index;
            return FITS;
        }
    }
    while (self->n_added > 0) vocabulary_undo(self->vocabularies + self->added[--self->n_added]);
    self->store.length = kept;
    return outcome == FITS ? MISFIT : outcome;
}

/* What bytes.isspace() calls blank. */
static int is_blank(Text at, Text end) {
    for (; at < end; at++)
        if (*at != ' ' && (*at < '\t' || *at > '\r')) return 0;
    return 1;
}

typedef struct {
    size_t start, end;
    int64_t index;
} Odd;

typedef struct {
    Odd *items;
    size_t number, room;
} OddList;

static int keep_odd(OddList *odd, size_t start, size_t end, int64_t index) {
    if (odd->number == odd->room) {
        size_t room = odd->room ? odd->room * 2 : 64;
        if (!grown((void **)&odd->items, room, 1, sizeof *odd->items)) return 0;
        odd->room = room;
    }
    odd->items[odd->number++] = (Odd){start, end, index};
    return 1;
}

/* Take the lines of a text; returns 0 without memory. The lines that do not fit are listed. */
static int take_lines(Rows *self, Text text, size_t size, int64_t *index, OddList *odd) {
    for (size_t start = 0; start < size;) {
        Text feed = memchr(text + start, '\n', size - start);
        size_t end = feed ? (size_t)(feed - text) : size;
        if (!is_blank(text + start, text + end)) {
            enum Outcome outcome = add_record(self, text + start, text + end, *index, NULL);
            if (outcome == NO_ROOM || (outcome == MISFIT && !keep_odd(odd, start, end, *index))) return 0;
            ++*index;
        }
        start = end + 1;
    }
    return 1;
}

/* Find the comma or the bracket after an item of an array, as decode/_array.py does; NULL if the text ends before. */
static Text end_of_item(Text at, Text end) {
    int64_t depth = 0;
    int quoted = 0;
    for (; at < end; at++) {
        if (*at == '\\') { /* it escapes a quote, or a backslash that would */
            if (at + 1 < end && (at[1] == '"' || at[1] == '\\')) at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            if (*at == '[' || *at == '{') depth++;
            if ((*at == ']' || *at == '}') && --depth < 0) return at;
            if (*at == ',' && depth == 0) return at;
        }
    }
    return NULL;
}

/* Take the whole items of a text, which begins with one; returns 0 without memory. `start` becomes the place after the
 * last of them. Items that do not fit are listed. */
static int take_items(Rows *self, Text text, size_t size, size_t *start, int *closed, int64_t *index, OddList *odd) {
    while (*start < size && !*closed) {
        Text item = text + *start, end = NULL;
        enum Outcome outcome = add_record(self, item, text + size, *index, &end);
        if (outcome == NO_ROOM) return 0;
        if (outcome == MISFIT) {
            end = end_of_item(item, text + size);
            if (end == NULL) return 1;
            if (!keep_odd(odd, *start, (size_t)(end - text), *index)) return 0;
        }
        ++*index;
        *closed = *end != ',';
        *start = (size_t)(end - text) + 1;
    }
    return 1;
}

static PyObject *odd_texts(const char *text, const OddList *odd) {
    PyObject *found = PyList_New((Py_ssize_t)odd->number);
    for (size_t i = 0; found != NULL && i < odd->number; i++) {
        const Odd *one = odd->items + i;
        PyObject *pair =
            Py_BuildValue("(y#L)", text + one->start, (Py_ssize_t)(one->end - one->start), (long long)one->index);
        if (pair == NULL || PyList_SetItem(found, (Py_ssize_t)i, pair) < 0) Py_CLEAR(found);
    }
    return found;
}

static int enter(Rows *self) {
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "rows are in use by another thread");
        return 0;
    }
    self->busy = 1;
    return 1;
}

static PyObject *rows_add_lines(PyObject *object, PyObject *arguments) {
    Rows *self = (Rows *)object;
    PyObject *bytes;
    long long first;
    if (!PyArg_ParseTuple(arguments, "SL", &bytes, &first) || !enter(self)) return NULL;
    const char *text = PyBytes_AsString(bytes); /* ends in NUL, which stops every token */
    Py_ssize_t size = PyBytes_Size(bytes);
    int64_t index = first;
    OddList odd = {NULL, 0, 0};
    int done;
    Py_INCREF(bytes);
    Py_BEGIN_ALLOW_THREADS
    done = take_lines(self, (Text)text, (size_t)size, &index, &odd);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    PyObject *found = done ? odd_texts(text, &odd) : PyErr_NoMemory();
    free(odd.items);
    Py_DECREF(bytes);
    return found == NULL ? NULL : Py_BuildValue("(LN)", (long long)(index - first), found);
}

static PyObject *rows_add_items(PyObject *object, PyObject *arguments) {
    Rows *self = (Rows *)object;
    PyObject *bytes;
    long long first;
    if (!PyArg_ParseTuple(arguments, "SL", &bytes, &first) || !enter(self)) return NULL;
    const char *text = PyBytes_AsString(bytes);
    Py_ssize_t size = PyBytes_Size(bytes);
    int64_t index = first;
    size_t place = 0;
    OddList odd = {NULL, 0, 0};
    int done, closed = 0;
    Py_INCREF(bytes);
    Py_BEGIN_ALLOW_THREADS
    done = take_items(self, (Text)text, (size_t)size, &place, &closed, &index, &odd);
    Py_END_ALLOW_THREADS
    self->busy = 0;
    PyObject *found = done ? odd_texts(text, &odd) : PyErr_NoMemory();
    free(odd.items);
    Py_DECREF(bytes);
    if (found == NULL) return NULL;
    return Py_BuildValue("(LNnO)", (long long)(index - first), found, (Py_ssize_t)place, closed ? Py_True : Py_False);
}

/* Columns one after another, from rows one after another. */
#define TILE 16
#define TRANSPOSED(NAME, FROM, TO)                                                                             \
    static void NAME(const FROM *rows, size_t n_rows, size_t width, TO *columns) {                             \
        for (size_t first = 0; first < n_rows; first += TILE) {                                                \
            size_t last = first + TILE < n_rows ? first + TILE : n_rows;                                       \
            for (size_t column = 0; column < width; column++)                                                  \
                for (size_t row = first; row < last; row++)                                                    \
                    columns[column * n_rows + row] = (TO)rows[row * width + column];                           \
        }                                                                                                      \
    }
TRANSPOSED(transpose_numbers, double, double)
TRANSPOSED(transpose_codes, int32_t, Py_ssize_t)

static PyObject *text_object(const Rows *self, size_t start, size_t length) {
    return PyUnicode_FromStringAndSize((const char *)self->store.bytes + start, (Py_ssize_t)length);
}

static PyObject *words_of(const Rows *self, const Vocabulary *own) {
    PyObject *words = PyTuple_New(own->n_entries);
    for (int32_t i = 0; words != NULL && i < own->n_entries; i++) {
        PyObject *word = text_object(self, own->entries[i].start, own->entries[i].length);
        if (word == NULL || PyTuple_SetItem(words, i, word) < 0) Py_CLEAR(words);
    }
    return words;
}

static PyObject *texts_of(const Rows *self, size_t column) {
    PyObject *texts = PyList_New((Py_ssize_t)self->n_rows);
    for (size_t row = 0; texts != NULL && row < self->n_rows; row++) {
        Span span = self->texts[row * (size_t)self->n_texts + column];
        PyObject *text = span.start == NO_TEXT ? Py_NewRef(Py_None) : text_object(self, span.start, span.length);
        /* A text keeps its hash, and everything that looks for an id needs it: cheapest while the text is in the cache. */
        if (text != NULL && (int32_t)column == self->id_place && PyObject_Hash(text) == -1) Py_CLEAR(text);
        if (text == NULL || PyList_SetItem(texts, (Py_ssize_t)row, text) < 0) Py_CLEAR(texts);
    }
    return texts;
}

static PyObject *booleans_of(const Rows *self, size_t column) {
    PyObject *truths = PyList_New((Py_ssize_t)self->n_rows);
    for (size_t row = 0; truths != NULL && row < self->n_rows; row++) {
        signed char truth = self->booleans[row * (size_t)self->n_booleans + column];
        PyObject *object = truth < 0 ? Py_None : truth ? Py_True : Py_False;
        if (PyList_SetItem(truths, (Py_ssize_t)row, Py_NewRef(object)) < 0) Py_CLEAR(truths);
    }
    return truths;
}

typedef PyObject *(*Column)(const Rows *, size_t);

static PyObject *vocabulary_of(const Rows *self, size_t column) { return words_of(self, self->vocabularies + column); }

static PyObject *list_of(const Rows *self, int32_t number, Column column) {
    PyObject *columns = PyList_New(number);
    for (int32_t i = 0; columns != NULL && i < number; i++) {
        PyObject *one = column(self, (size_t)i);
        if (one == NULL || PyList_SetItem(columns, i, one) < 0) Py_CLEAR(columns);
    }
    return columns;
}

static void forget(Rows *self) {
    for (int32_t i = 0; i < self->n_few; i++) vocabulary_clear(self->vocabularies + i);
    self->store.length = 0;
    self->n_rows = 0;
}

static PyObject *rows_take(PyObject *object, PyObject *Py_UNUSED(nothing)) {
    Rows *self = (Rows *)object;
    if (!enter(self)) return NULL;
    size_t n = self->n_rows;
    PyObject *indices = PyByteArray_FromStringAndSize((const char *)self->indices, (Py_ssize_t)(n * sizeof(int64_t)));
    PyObject *numbers =
        PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)(n * (size_t)self->n_numbers * sizeof(double)));
    PyObject *codes = PyByteArray_FromStringAndSize(NULL, (Py_ssize_t)(n * (size_t)self->n_few * sizeof(Py_ssize_t)));
    PyObject *words = list_of(self, self->n_few, vocabulary_of), *texts = list_of(self, self->n_texts, texts_of);
    PyObject *truths = list_of(self, self->n_booleans, booleans_of), *taken = NULL;
    if (indices != NULL && numbers != NULL && codes != NULL && words != NULL && texts != NULL && truths != NULL) {
        transpose_numbers(self->numbers, n, (size_t)self->n_numbers, (double *)(void *)PyByteArray_AsString(numbers));
        transpose_codes(self->codes, n, (size_t)self->n_few, (Py_ssize_t *)(void *)PyByteArray_AsString(codes));
        taken = PyTuple_Pack(6, indices, numbers, codes, words, texts, truths);
        forget(self);
    }
    Py_XDECREF(indices);
    Py_XDECREF(numbers);
    Py_XDECREF(codes);
    Py_XDECREF(words);
    Py_XDECREF(texts);
    Py_XDECREF(truths);
    self->busy = 0;
    return taken;
}

static PyObject *rows_number(PyObject *object, void *Py_UNUSED(closure)) {
    return PyLong_FromSize_t(((Rows *)object)->n_rows);
}

static void names_free(Names *names) {
    for (int32_t i = 0; names->fields != NULL && i < names->n_fields; i++) free(names->fields[i].text);
    free(names->fields);
    free(names->slots);
}

static void rows_free(PyObject *object) {
    Rows *self = (Rows *)object;
    PyTypeObject *type = Py_TYPE(object);
    names_free(&self->record);
    for (int32_t i = 0; self->objects != NULL && i < self->n_objects; i++) names_free(self->objects + i);
    for (int32_t i = 0; self->vocabularies != NULL && i < self->n_few; i++) {
        free(self->vocabularies[i].slots);
        free(self->vocabularies[i].entries);
    }
    free(self->objects);
    free(self->vocabularies);
    free(self->store.bytes);
    free(self->numbers);
    free(self->codes);
    free(self->added);
    free(self->texts);
    free(self->booleans);
    free(self->indices);
    Py_XDECREF(self->power_bytes);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(object);
    Py_DECREF(type);
}

/* Read (name, kind, content) into a field; content is the text of a constant. */
static int field_of(Rows *self, Field *field, PyObject *item) {
    const char *name, *value;
    Py_ssize_t length, value_length;
    int kind;
    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "expected (name, kind, content)");
        return 0;
    }
    if (!PyArg_ParseTuple(item, "y#iy#", &name, &length, &kind, &value, &value_length)) return 0;
    if (kind < 0 || kind >= N_KINDS || (kind == OBJECT && self->objects != NULL)) {
        PyErr_SetString(PyExc_ValueError, "expected a known kind, and no object inside of an object");
        return 0;
    }
    field->text = malloc((size_t)(length + value_length) + 1);
    if (field->text == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    memcpy(field->text, name, (size_t)length);
    memcpy(field->text + length, value, (size_t)value_length);
    field->length = (size_t)length;
    field->value_length = (size_t)value_length;
    field->kind = (enum Kind)kind;
    field->place = kind <= STATUS      ? self->n_numbers++
                   : kind == FEW_TEXTS ? self->n_few++
                   : kind <= WHOLE_ID  ? self->n_texts++
                   : kind == BOOLEAN   ? self->n_booleans++
                   : kind == OBJECT    ? self->n_objects++
                                       : 0;
    if (field->kind == ID || field->kind == WHOLE_ID) self->id_place = field->place;
    return 1;
}

/* Read the fields of a record, or of one of its objects. */
static int names_of(Rows *self, Names *names, PyObject *items) {
    Py_ssize_t number = PyTuple_Check(items) ? PyTuple_Size(items) : 0;
    if (number < 1 || number > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "expected fields");
        return 0;
    }
    names->n_slots = 4;
    while (names->n_slots < 2 * number) names->n_slots *= 2;
    names->fields = calloc((size_t)number, sizeof *names->fields);
    names->slots = malloc((size_t)names->n_slots * sizeof *names->slots);
    if (names->fields == NULL || names->slots == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int32_t i = 0; i < names->n_slots; i++) names->slots[i] = NO_CODE;
    for (Py_ssize_t i = 0; i < number; i++) {
        Field *field = names->fields + i;
        names->n_fields = (int32_t)i + 1;
        if (!field_of(self, field, PyTuple_GetItem(items, i))) return 0;
        uint32_t mask = (uint32_t)names->n_slots - 1;
        uint32_t slot = (uint32_t)hash_of(field->text, field->length, self->seed) & mask;
        while (names->slots[slot] != NO_CODE) slot = (slot + 1) & mask;
        names->slots[slot] = (int32_t)i;
    }
    return 1;
}

static int objects_of(Rows *self, PyObject *items) {
    int32_t number = self->n_objects;
    if (!PyTuple_Check(items) || PyTuple_Size(items) != number) {
        PyErr_SetString(PyExc_ValueError, "expected the fields of each object");
        return 0;
    }
    self->objects = calloc((size_t)number + 1, sizeof *self->objects);
    if (self->objects == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int32_t i = 0; i < number; i++)
        if (!names_of(self, self->objects + i, PyTuple_GetItem(items, i))) return 0;
    return 1;
}

static PyObject *rows_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords)) {
    PyObject *powers, *record, *objects;
    unsigned long long seed;
    if (!PyArg_ParseTuple(arguments, "SKOO", &powers, &seed, &record, &objects)) return NULL;
    if (PyBytes_Size(powers) != (Py_ssize_t)(N_POWERS * sizeof(Power))) {
        PyErr_SetString(PyExc_ValueError, "expected the powers of five");
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    Rows *self = (Rows *)allocate(type, 0); /* all zero */
    if (self == NULL) return NULL;
    self->power_bytes = Py_NewRef(powers);
    self->powers = (const Power *)(const void *)PyBytes_AsString(powers);
    self->seed = seed;
    self->id_place = NO_CODE;
    if (names_of(self, &self->record, record) && objects_of(self, objects)) {
        self->vocabularies = calloc((size_t)self->n_few + 1, sizeof *self->vocabularies);
        self->added = malloc(((size_t)self->n_few + 1) * sizeof *self->added);
        if (self->vocabularies != NULL && self->added != NULL && store_room(&self->store, 1)) return (PyObject *)self;
        PyErr_NoMemory();
    }
    Py_DECREF(self);
    return NULL;
}

static PyMethodDef METHODS[] = {
    {"add_lines", rows_add_lines, METH_VARARGS,
     "add_lines(text, first_index) -> (number of lines, [(line, index), ...] of those that do not fit)"},
    {"add_items", rows_add_items, METH_VARARGS,
     "add_items(text, first_index) -> (number of items, [(item, index), ...] of those that do not fit, place after the "
     "last whole item, whether the array ends there)"},
    {"take", rows_take, METH_NOARGS, "take() -> (indices, numbers, codes, words, texts, booleans); starts anew"},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef PROPERTIES[] = {
    {"number", rows_number, NULL, "Number of rows.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot SLOTS[] = {
    {Py_tp_new, rows_new},         {Py_tp_dealloc, rows_free}, {Py_tp_methods, METHODS},
    {Py_tp_getset, PROPERTIES}, {Py_tp_doc, "Rows of one shape, as columns."}, {0, NULL},
};
static PyType_Spec SPEC = {"inference_exporter.decode._rowparser.Rows", sizeof(Rows), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, SLOTS};
static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_rowparser", "Rows of JSON into columns.", -1,
                                    NULL, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__rowparser(void) {
    PyObject *module = PyModule_Create(&MODULE);
    PyObject *type = module == NULL ? NULL : PyType_FromSpec(&SPEC);
    if (type == NULL || PyModule_AddObjectRef(module, "Rows", type) < 0) Py_CLEAR(module);
    Py_XDECREF(type);
    return module;
}
