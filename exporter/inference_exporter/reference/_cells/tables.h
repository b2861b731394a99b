/* Sums over the columns of a located batch of what a table has for each cell: without the copies that numpy makes. */

#define ROWS_AT_ONCE 1024 /* so that the sums stay in the innermost cache */

typedef struct {
    Py_ssize_t n_dimensions, item_size;
    int written;
} Expected;

static const Expected CELLS_2D = {2, 4, 0}, PLACES_1D = {1, 8, 0}, WIDE_1D = {1, 8, 0}, SINGLE_1D = {1, 4, 0},
                      WIDE_2D = {2, 8, 0}, WIDE_1D_OUT = {1, 8, 1}, WIDE_2D_OUT = {2, 8, 1}, SINGLE_2D_OUT = {2, 4, 1};

static void release_views(Py_buffer *views, int n) {
    while (n-- > 0) PyBuffer_Release(views + n);
}

/* Get the buffers of the items of a tuple, or none of them and an exception. */
static int get_expected(PyObject *arguments, const Expected *const *expected, Py_buffer *views, int n) {
    if (PyTuple_Size(arguments) != n) {
        PyErr_SetString(PyExc_TypeError, "expected another number of arrays");
        return 0;
    }
    for (int i = 0; i < n; i++) {
        int flags = expected[i]->written ? PyBUF_STRIDES | PyBUF_WRITABLE : PyBUF_STRIDES;
        if (PyObject_GetBuffer(PyTuple_GetItem(arguments, i), views + i, flags) < 0) {
            release_views(views, i);
            return 0;
        }
        Py_buffer *view = views + i;
        if (view->ndim != expected[i]->n_dimensions || view->itemsize != expected[i]->item_size ||
            (view->shape[view->ndim - 1] > 1 && view->strides[view->ndim - 1] != view->itemsize)) {
            release_views(views, i + 1);
            PyErr_SetString(PyExc_ValueError, "expected arrays of other types");
            return 0;
        }
    }
    return 1;
}

static int all_below(const Py_buffer *places, Py_ssize_t end) {
    const int64_t *items = places->buf;
    for (Py_ssize_t i = 0; i < places->shape[0]; i++)
        if (items[i] < 0 || items[i] >= end) return 0;
    return 1;
}

/* Every cell of a grid has an entry; a wrong one reads another entry rather than other memory. */
static inline size_t entry_of(int32_t cell, size_t size) { return (uint32_t)cell < size ? (size_t)(uint32_t)cell : 0; }

static PyObject *answered(int fits, Py_buffer *views, int n) {
    release_views(views, n);
    if (fits) return Py_NewRef(Py_None);
    PyErr_SetString(PyExc_ValueError, "expected arrays of shapes that go together");
    return NULL;
}

/* add_groups(table, cells, columns, starts, sums): sums[g] += the numbers of the cells of the columns of group g */
static PyObject *add_groups(PyObject *Py_UNUSED(module), PyObject *arguments) {
    const Expected *expected[] = {&WIDE_1D, &CELLS_2D, &PLACES_1D, &PLACES_1D, &WIDE_2D_OUT};
    Py_buffer views[5], *cells = views + 1, *columns = views + 2, *starts = views + 3, *sums = views + 4;
    if (!get_expected(arguments, expected, views, 5)) return NULL;
    Py_ssize_t n_groups = starts->shape[0], n = cells->shape[1];
    int fits = views[0].shape[0] > 0 && all_below(columns, cells->shape[0]) && all_below(starts, columns->shape[0]) &&
               sums->shape[0] == n_groups && sums->shape[1] == n;
    if (!fits) return answered(0, views, 5);
    const uint64_t *table = views[0].buf;
    size_t size = (size_t)views[0].shape[0];
    const int64_t *places = columns->buf, *firsts = starts->buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t first = 0; first < n; first += ROWS_AT_ONCE) {
        Py_ssize_t end = first + ROWS_AT_ONCE < n ? first + ROWS_AT_ONCE : n;
        for (Py_ssize_t group = 0; group < n_groups; group++) {
            uint64_t *sum = row_of(sums, group);
            int64_t last = group + 1 < n_groups ? firsts[group + 1] : columns->shape[0];
            for (int64_t i = firsts[group]; i < last; i++) {
                const int32_t *own = row_of(cells, (Py_ssize_t)places[i]);
                for (Py_ssize_t row = first; row < end; row++) sum[row] += table[entry_of(own[row], size)];
            }
        }
    }
    Py_END_ALLOW_THREADS
    return answered(1, views, 5);
}

/* sum_and_greatest(table, cells, columns, sum, greatest): of the numbers of a row's cells, added in single precision */
static PyObject *sum_and_greatest(PyObject *Py_UNUSED(module), PyObject *arguments) {
    const Expected *expected[] = {&SINGLE_1D, &CELLS_2D, &PLACES_1D, &WIDE_1D_OUT, &WIDE_1D_OUT};
    Py_buffer views[5], *cells = views + 1, *columns = views + 2;
    if (!get_expected(arguments, expected, views, 5)) return NULL;
    Py_ssize_t n = cells->shape[1];
    int fits = views[0].shape[0] > 0 && columns->shape[0] > 0 && all_below(columns, cells->shape[0]) &&
               views[3].shape[0] == n && views[4].shape[0] == n;
    if (!fits) return answered(0, views, 5);
    const float *table = views[0].buf;
    size_t size = (size_t)views[0].shape[0];
    const int64_t *places = columns->buf;
    double *sum = views[3].buf, *greatest = views[4].buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t first = 0; first < n; first += ROWS_AT_ONCE) {
        float sums[ROWS_AT_ONCE], most[ROWS_AT_ONCE];
        Py_ssize_t rows = n - first < ROWS_AT_ONCE ? n - first : ROWS_AT_ONCE;
        for (Py_ssize_t i = 0; i < columns->shape[0]; i++) {
            const int32_t *own = (const int32_t *)row_of(cells, (Py_ssize_t)places[i]) + first;
            for (Py_ssize_t row = 0; row < rows; row++) {
                float found = table[entry_of(own[row], size)];
                sums[row] = i ? sums[row] + found : found;
                most[row] = i && most[row] > found ? most[row] : found;
            }
        }
        for (Py_ssize_t row = 0; row < rows; row++) {
            sum[first + row] = sums[row];
            greatest[first + row] = most[row];
        }
    }
    Py_END_ALLOW_THREADS
    return answered(1, views, 5);
}

/* pick(table, cells, columns, picked): picked[i] = the numbers of the cells of columns[i] */
static PyObject *pick(PyObject *Py_UNUSED(module), PyObject *arguments) {
    const Expected *expected[] = {&SINGLE_1D, &CELLS_2D, &PLACES_1D, &SINGLE_2D_OUT};
    Py_buffer views[4], *cells = views + 1, *columns = views + 2, *picked = views + 3;
    if (!get_expected(arguments, expected, views, 4)) return NULL;
    Py_ssize_t n = cells->shape[1];
    int fits = views[0].shape[0] > 0 && all_below(columns, cells->shape[0]) &&
               picked->shape[0] == columns->shape[0] && picked->shape[1] == n;
    if (!fits) return answered(0, views, 4);
    const float *table = views[0].buf;
    size_t size = (size_t)views[0].shape[0];
    const int64_t *places = columns->buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < columns->shape[0]; i++) {
        const int32_t *own = row_of(cells, (Py_ssize_t)places[i]);
        float *found = row_of(picked, i);
        for (Py_ssize_t row = 0; row < n; row++) found[row] = table[entry_of(own[row], size)];
    }
    Py_END_ALLOW_THREADS
    return answered(1, views, 4);
}

/* add_bits(numbers, rows, factors, sums): sums += the folded bits of numbers[rows[i]] times factors[i] */
static PyObject *add_bits(PyObject *Py_UNUSED(module), PyObject *arguments) {
    const Expected *expected[] = {&WIDE_2D, &PLACES_1D, &WIDE_1D, &WIDE_1D_OUT};
    Py_buffer views[4], *numbers = views, *rows = views + 1;
    if (!get_expected(arguments, expected, views, 4)) return NULL;
    Py_ssize_t n = numbers->shape[1];
    int fits = all_below(rows, numbers->shape[0]) && views[2].shape[0] == rows->shape[0] && views[3].shape[0] == n;
    if (!fits) return answered(0, views, 4);
    const int64_t *places = rows->buf;
    const uint64_t *factors = views[2].buf;
    uint64_t *sums = views[3].buf;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t first = 0; first < n; first += ROWS_AT_ONCE) {
        Py_ssize_t end = first + ROWS_AT_ONCE < n ? first + ROWS_AT_ONCE : n;
        for (Py_ssize_t i = 0; i < rows->shape[0]; i++) {
            const uint64_t *own = row_of(numbers, (Py_ssize_t)places[i]);
            for (Py_ssize_t row = first; row < end; row++) sums[row] += (own[row] ^ own[row] >> 32) * factors[i];
        }
    }
    Py_END_ALLOW_THREADS
    return answered(1, views, 4);
}

/* count(cells, counts): counts[cell] += 1 for each; a wrong cell counts for none */
static PyObject *count(PyObject *Py_UNUSED(module), PyObject *arguments) {
    const Expected *expected[] = {&CELLS_2D, &WIDE_1D_OUT};
    Py_buffer views[2];
    if (!get_expected(arguments, expected, views, 2)) return NULL;
    int64_t *counts = views[1].buf;
    size_t size = (size_t)views[1].shape[0];
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t column = 0; column < views[0].shape[0]; column++) {
        const int32_t *own = row_of(views, column);
        for (Py_ssize_t row = 0; row < views[0].shape[1]; row++)
            if ((uint32_t)own[row] < size) counts[own[row]]++;
    }
    Py_END_ALLOW_THREADS
    return answered(1, views, 2);
}
