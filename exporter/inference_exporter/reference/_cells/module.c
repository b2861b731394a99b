/* The cells, deviations and tails of a block of numbers, in one pass over each column and without the interpreter's
 * lock; tables.h has what is looked up for the cells. The same as Grid._locate_in_python, to the last bit; reference/compiled_cells.py lays out what it reads.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void *row_of(const Py_buffer *view, Py_ssize_t row) { return (char *)view->buf + row * view->strides[0]; }

#include "tables.h"

/* Rows of the two tables with one value per column, as in reference/compiled_cells.py. */
enum { MEAN, SPREAD, LOWEST, HIGHEST, LEAST, GREATEST, LOW, SCALE, N_SCALES };
enum { ROW, START, SIZE, FIRST_CUT, N_CUTS, COMPARISONS, N_PLACES };
#define COMPARISONS_AT_MOST 4

typedef struct {
    const double *scales, *cuts;
    const int64_t *places;
    const int32_t *table;
    Py_ssize_t n_columns, n_steps;
} Layout;

typedef struct {
    int64_t sum, row;
    double distance;
} Tail;

typedef struct {
    Tail *items;
    size_t number, room;
} Tails;

static int add_tail(Tails *tails, int64_t sum, int64_t row, double distance) {
    if (tails->number == tails->room) {
        size_t room = tails->room ? tails->room * 2 : 64;
        Tail *larger = realloc(tails->items, room * sizeof *larger);
        if (larger == NULL) return 0;
        tails->items = larger;
        tails->room = room;
    }
    tails->items[tails->number++] = (Tail){sum, row, distance};
    return 1;
}

static double scale_of(const Layout *layout, int which, Py_ssize_t column) {
    return layout->scales[which * layout->n_columns + column];
}

static int64_t place_of(const Layout *layout, int which, Py_ssize_t column) {
    return layout->places[which * layout->n_columns + column];
}

/* Write deviations; returns the number of values that are missing, infinite or beyond the range. */
static size_t write_deviations(const Layout *layout, Py_ssize_t column, const double *numbers, Py_ssize_t n,
                               double *deviations) {
    double mean = scale_of(layout, MEAN, column), spread = scale_of(layout, SPREAD, column);
    double lowest = scale_of(layout, LOWEST, column), highest = scale_of(layout, HIGHEST, column);
    int64_t odd = 0;
    for (Py_ssize_t i = 0; i < n; i++) {
        double number = numbers[i];
        deviations[i] = (number - mean) / spread;
        odd += !(number >= lowest) | !(number <= highest) | !(fabs(number) <= DBL_MAX);
    }
    return (size_t)odd;
}

/* Write the cells of a column with a guide, which leads to at most `comparisons` cuts that may be passed. */
static inline void write_guided(const Layout *layout, Py_ssize_t column, const double *numbers, Py_ssize_t n,
                                int32_t *cells, int comparisons) {
    double low = scale_of(layout, LOW, column), scale = scale_of(layout, SCALE, column);
    double last = (double)(layout->n_steps - 1);
    const int32_t *table = layout->table + column * layout->n_steps;
    const double *cuts = layout->cuts;
    int32_t offset = (int32_t)(place_of(layout, START, column) - place_of(layout, FIRST_CUT, column));
    for (Py_ssize_t i = 0; i < n; i++) {
        double number = numbers[i], step = (number - low) * scale;
        step = step > 0 ? step : 0; /* NaN too, so that it cannot become an index out of range */
        step = step < last ? step : last;
        int32_t passed = table[(int32_t)step];
        for (int k = 0; k < comparisons; k++) passed += cuts[passed] <= number;
        cells[i] = passed + offset;
    }
}

static void write_searched(const Layout *layout, Py_ssize_t column, const double *numbers, Py_ssize_t n,
                           int32_t *cells) {
    const double *cuts = layout->cuts + place_of(layout, FIRST_CUT, column);
    int64_t n_cuts = place_of(layout, N_CUTS, column);
    for (Py_ssize_t i = 0; i < n; i++) {
        int64_t first = 0, last = n_cuts;
        while (first < last) {
            int64_t middle = first + (last - first) / 2;
            if (cuts[middle] <= numbers[i])
                first = middle + 1;
            else
                last = middle;
        }
        cells[i] = (int32_t)(first + place_of(layout, START, column));
    }
}

static void write_cells(const Layout *layout, Py_ssize_t column, const double *numbers, Py_ssize_t n, int32_t *cells) {
    switch (place_of(layout, COMPARISONS, column)) { /* constants, so that the compiler unrolls the loop */
    case 0: write_guided(layout, column, numbers, n, cells, 0); return;
    case 1: write_guided(layout, column, numbers, n, cells, 1); return;
    case 2: write_guided(layout, column, numbers, n, cells, 2); return;
    case 3: write_guided(layout, column, numbers, n, cells, 3); return;
    case COMPARISONS_AT_MOST: write_guided(layout, column, numbers, n, cells, COMPARISONS_AT_MOST); return;
    default: write_searched(layout, column, numbers, n, cells);
    }
}

/* Correct the values that are missing or infinite, and list those beyond the range; returns 0 without memory. */
static int settle_odd(const Layout *layout, Py_ssize_t column, const double *numbers, Py_ssize_t n, int64_t first_row,
                      double *deviations, int32_t *cells, Tails *tails) {
    double lowest = scale_of(layout, LOWEST, column), highest = scale_of(layout, HIGHEST, column);
    double spread = scale_of(layout, SPREAD, column);
    int64_t end = place_of(layout, START, column) + place_of(layout, SIZE, column);
    for (Py_ssize_t i = 0; i < n; i++) {
        double number = numbers[i], least = scale_of(layout, LEAST, column);
        if (!(fabs(number) <= DBL_MAX)) {
            /* The last cell counts missing values, the one before it infinities. */
            cells[i] = (int32_t)(end - (number != number ? 1 : 2));
            deviations[i] = 0.0;
            continue;
        }
        if (number < lowest && !add_tail(tails, column, first_row + i, fabs(number - least) / spread)) return 0;
        if (number > highest) {
            double distance = fabs(number - scale_of(layout, GREATEST, column)) / spread;
            if (!add_tail(tails, column + layout->n_columns, first_row + i, distance)) return 0;
        }
    }
    return 1;
}

/* Return the tails as bytes: all sums, all rows, all distances. */
static PyObject *tails_object(const Tails *tails) {
    Py_ssize_t size = (Py_ssize_t)(tails->number * sizeof(int64_t));
    PyObject *bytes = PyByteArray_FromStringAndSize(NULL, 3 * size);
    if (bytes == NULL) return NULL;
    char *at = PyByteArray_AsString(bytes);
    int64_t *sums = (int64_t *)(void *)at, *rows = (int64_t *)(void *)(at + size);
    double *distances = (double *)(void *)(at + 2 * size);
    for (size_t i = 0; i < tails->number; i++) {
        sums[i] = tails->items[i].sum;
        rows[i] = tails->items[i].row;
        distances[i] = tails->items[i].distance;
    }
    return bytes;
}

enum { SCALES, PLACES, TABLE, CUTS, NUMBERS, DEVIATIONS, CELLS, N_VIEWS };
static const Py_ssize_t ITEM_SIZES[N_VIEWS] = {8, 8, 4, 8, 8, 8, 4};

/* Get the buffers; returns their number, fewer after an error. */
static int get_views(PyObject *const *objects, Py_buffer *views) {
    for (int i = 0; i < N_VIEWS; i++) {
        int flags = i >= DEVIATIONS ? PyBUF_STRIDES | PyBUF_WRITABLE : PyBUF_STRIDES;
        if (PyObject_GetBuffer(objects[i], views + i, flags) < 0) return i;
        Py_buffer *view = views + i;
        if (view->ndim < 1 || view->ndim > 2 || view->itemsize != ITEM_SIZES[i] ||
            view->strides[view->ndim - 1] != view->itemsize) {
            PyErr_SetString(PyExc_ValueError, "expected arrays of other types");
            return i + 1;
        }
    }
    return N_VIEWS;
}

/* Return whether every place that is read or written exists. */
static int fit(const Py_buffer *views, Py_ssize_t first, Py_ssize_t first_row) {
    const Py_buffer *numbers = views + NUMBERS, *cells = views + CELLS;
    for (int i = 0; i < N_VIEWS; i++)
        if (views[i].ndim != (i == TABLE || i == CUTS ? 1 : 2)) return 0;
    Py_ssize_t n_columns = views[SCALES].shape[1];
    return views[SCALES].shape[0] == N_SCALES && views[PLACES].shape[0] == N_PLACES &&
           views[PLACES].shape[1] == n_columns && first >= 0 && first + numbers->shape[0] <= n_columns &&
           views[DEVIATIONS].shape[0] == numbers->shape[0] && views[DEVIATIONS].shape[1] == numbers->shape[1] &&
           first_row >= 0 && first_row + numbers->shape[1] <= cells->shape[1];
}

static int locate_columns(const Layout *layout, const Py_buffer *views, Py_ssize_t first, Py_ssize_t first_row,
                          Tails *tails) {
    const Py_buffer *numbers = views + NUMBERS;
    Py_ssize_t n = numbers->shape[1];
    for (Py_ssize_t i = 0; i < numbers->shape[0]; i++) {
        Py_ssize_t column = first + i;
        const double *own = row_of(numbers, i);
        double *deviations = row_of(views + DEVIATIONS, i);
        int32_t *cells = (int32_t *)row_of(views + CELLS, (Py_ssize_t)place_of(layout, ROW, column)) + first_row;
        size_t odd = write_deviations(layout, column, own, n, deviations);
        write_cells(layout, column, own, n, cells);
        if (odd && !settle_odd(layout, column, own, n, first_row, deviations, cells, tails)) return 0;
    }
    return 1;
}

static PyObject *locate(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *objects[N_VIEWS], *found = NULL;
    Py_buffer views[N_VIEWS];
    Py_ssize_t first, first_row;
    if (!PyArg_ParseTuple(arguments, "OOOOOnOOn", objects + SCALES, objects + PLACES, objects + TABLE, objects + CUTS,
                          objects + NUMBERS, &first, objects + DEVIATIONS, objects + CELLS, &first_row))
        return NULL;
    int n_views = get_views(objects, views);
    if (n_views == N_VIEWS && !PyErr_Occurred()) {
        if (fit(views, first, first_row)) {
            Py_ssize_t n_columns = views[SCALES].shape[1];
            Layout layout = {views[SCALES].buf, views[CUTS].buf, views[PLACES].buf, views[TABLE].buf, n_columns,
                             n_columns ? views[TABLE].shape[0] / n_columns : 0};
            Tails tails = {NULL, 0, 0};
            int enough;
            Py_BEGIN_ALLOW_THREADS
            enough = locate_columns(&layout, views, first, first_row, &tails);
            Py_END_ALLOW_THREADS
            found = enough ? tails_object(&tails) : PyErr_NoMemory();
            free(tails.items);
        } else {
            PyErr_SetString(PyExc_ValueError, "expected arrays of shapes that go together");
        }
    }
    while (n_views-- > 0) PyBuffer_Release(views + n_views);
    return found;
}

static PyMethodDef METHODS[] = {
    {"locate", locate, METH_VARARGS,
     "locate(scales, places, table, cuts, numbers, first, deviations, cells, first_row) -> sums, rows and distances of "
     "the values beyond the range"},
    {"add_groups", add_groups, METH_VARARGS, "add_groups(table, cells, columns, starts, sums)"},
    {"sum_and_greatest", sum_and_greatest, METH_VARARGS, "sum_and_greatest(table, cells, columns, sum, greatest)"},
    {"pick", pick, METH_VARARGS, "pick(table, cells, columns, picked)"},
    {"add_bits", add_bits, METH_VARARGS, "add_bits(numbers, rows, factors, sums)"},
    {"count", count, METH_VARARGS, "count(cells, counts)"},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_cellsearch", "Numbers into cells.", -1, METHODS,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__cellsearch(void) { return PyModule_Create(&MODULE); }
