/* The caller's side of Monitor.observe: copy, weigh, append.
 *
 * It takes the samples that need no care: plain values, in plain dicts, no heavier than what the queue has room for.
 * Everything else goes to `_observe_carefully` in Python, which stays the only judge of what is valid, what is dropped
 * and when the sender is woken. client/compiled.py makes this optional.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>
#include <structmember.h>
#include <time.h>

/* In the order of monitor.SAMPLE; only the first two have a position. */
enum Field {
    TIME, FEATURES, PREDICTION, SCORES, ID, LATENCY, CODE, VARIANT,
    STAGES, TAGS, TRACE_ID, RAW, ACTION, INTERMEDIATE, ATTRIBUTIONS, N_FIELDS
};
static const char *const NAMES[N_FIELDS] = {
    "time", "features", "prediction", "scores", "id", "latency_seconds", "code", "variant",
    "stages", "tags", "trace_id", "raw", "action", "intermediate", "attributions"
};
#define COPIED ((1u << FEATURES) | (1u << SCORES) | (1u << STAGES) | (1u << TAGS) | (1u << RAW) | \
                (1u << INTERMEDIATE) | (1u << ATTRIBUTIONS))

/* As in client/weight.py. */
enum { SMALL = 40, EMPTY = 64, PAIR = 48, CHARACTER = 4 };
#define UNKNOWN (-1)

static PyObject *names[N_FIELDS]; /* interned, as the names in calls are */
static PyObject *carefully;
static PyTypeObject *gate_type;

typedef struct {
    PyObject_HEAD
    PyObject *entries, *append, *small_types;
    Py_ssize_t attention, ceiling, largest;
    unsigned long long ticks;
} Gate;

typedef struct {
    PyObject_HEAD
    Gate *gate;
    PyObject *variant;
} Caller;

/* What a value weighs beyond SMALL; UNKNOWN if only Python can tell. Texts count as if none of them were ASCII. */
static Py_ssize_t extra_weight(const Gate *gate, PyObject *value) {
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyFloat_Type || type == &PyBool_Type || value == Py_None) return 0;
    if (type == &PyUnicode_Type) return EMPTY - SMALL + CHARACTER * PyUnicode_GetLength(value);
    if (type == &PyLong_Type) {
        int overflow;
        PyLong_AsLongLongAndOverflow(value, &overflow);
        return overflow ? UNKNOWN : (Py_ssize_t)sizeof(long long);
    }
    return PySet_Contains(gate->small_types, (PyObject *)type) == 1 ? 0 : UNKNOWN;
}

static Py_ssize_t dict_weight(const Gate *gate, PyObject *dict) {
    Py_ssize_t place = 0, weight = EMPTY - SMALL + (PAIR + SMALL) * PyDict_Size(dict);
    PyObject *key, *value;
    while (PyDict_Next(dict, &place, &key, &value)) {
        Py_ssize_t extra = extra_weight(gate, value);
        if (extra == UNKNOWN || Py_TYPE(key) != &PyUnicode_Type) return UNKNOWN;
        weight += extra;
    }
    return weight;
}

/* Replace a dict by its copy, and return what the value weighs beyond SMALL. */
static Py_ssize_t keep(const Gate *gate, PyObject **value, int field) {
    if (!(COPIED >> field & 1u) || Py_TYPE(*value) != &PyDict_Type) {
        Py_ssize_t weight = field == FEATURES || field == RAW || field == ATTRIBUTIONS ? UNKNOWN : extra_weight(gate, *value);
        if (weight != UNKNOWN) Py_INCREF(*value);
        else *value = NULL;
        return weight;
    }
    *value = PyDict_Copy(*value);
    if (*value == NULL) return UNKNOWN;
    Py_ssize_t weight = dict_weight(gate, *value);
    /* Nothing in it can be part of a cycle, so the garbage collector need not walk through it. */
    if (weight != UNKNOWN && PyObject_GC_IsTracked(*value)) PyObject_GC_UnTrack(*value);
    return weight;
}

static PyObject *now(void) {
    struct timespec time;
    if (timespec_get(&time, TIME_UTC) != TIME_UTC) return NULL;
    return PyFloat_FromDouble((double)((long long)time.tv_sec * 1000000000LL + time.tv_nsec) / 1e9);
}

static int field_of(PyObject *name) {
    for (int field = 0; field < N_FIELDS; field++)
        if (names[field] == name) return field;
    return N_FIELDS;
}

/* Sort arguments by field; 0 if Python should look at them. */
static int sort(PyObject *const *arguments, Py_ssize_t n_positional, PyObject *keywords, PyObject **values) {
    if (n_positional > 2) return 0;
    for (Py_ssize_t i = 0; i < n_positional; i++) values[FEATURES + i] = arguments[i];
    Py_ssize_t n_keywords = keywords == NULL ? 0 : PyTuple_Size(keywords);
    for (Py_ssize_t i = 0; i < n_keywords; i++) {
        int field = field_of(PyTuple_GetItem(keywords, i));
        if (field == N_FIELDS || values[field] != NULL) return 0;
        values[field] = arguments[n_positional + i];
    }
    return 1;
}

/* The entry of a sample, and its weight; NULL if Python should look at it. */
static PyObject *entry_of(const Gate *gate, PyObject *variant, PyObject **values, Py_ssize_t *weight) {
    PyObject *entry = PyTuple_New(N_FIELDS);
    if (entry == NULL) return NULL;
    *weight = EMPTY + SMALL * N_FIELDS;
    for (int field = 0; field < N_FIELDS; field++) {
        PyObject *value = values[field] == NULL ? Py_None : values[field];
        Py_ssize_t extra = 0;
        if (field == TIME && value == Py_None) value = now();
        else if (value == Py_None) value = Py_NewRef(field == VARIANT && variant != NULL ? variant : Py_None);
        else extra = keep(gate, &value, field);
        if (value != NULL) PyTuple_SetItem(entry, field, value);
        if (value == NULL || extra == UNKNOWN) {
            Py_DECREF(entry);
            return NULL;
        }
        *weight += extra;
    }
    PyObject_GC_UnTrack(entry); /* as in keep() */
    return entry;
}

/* Whether the sample is in the queue. */
static int put(Gate *gate, PyObject *variant, PyObject **values) {
    Py_ssize_t waiting = PyObject_Size(gate->entries), weight;
    if (waiting < 0 || waiting >= gate->attention) return 0;
    PyObject *entry = entry_of(gate, variant, values, &weight);
    if (entry == NULL) return 0;
    PyObject *done = weight > gate->ceiling ? NULL : PyObject_CallFunctionObjArgs(gate->append, entry, NULL);
    Py_DECREF(entry);
    if (done == NULL) return 0;
    Py_DECREF(done);
    if (weight > gate->largest) gate->largest = weight;
    gate->ticks++;
    return 1;
}

static PyObject *call_carefully(PyObject *self, PyObject *const *arguments, Py_ssize_t n_positional, PyObject *keywords) {
    PyErr_Clear(); /* out of memory: Python counts the sample as dropped */
    PyObject *method = PyObject_GetAttr(self, carefully), *result = NULL;
    PyObject *positional = PyTuple_New(n_positional), *named = PyDict_New();
    if (method == NULL || positional == NULL || named == NULL) goto done;
    for (Py_ssize_t i = 0; i < n_positional; i++) PyTuple_SetItem(positional, i, Py_NewRef(arguments[i]));
    for (Py_ssize_t i = 0; keywords != NULL && i < PyTuple_Size(keywords); i++)
        if (PyDict_SetItem(named, PyTuple_GetItem(keywords, i), arguments[n_positional + i]) < 0) goto done;
    result = PyObject_Call(method, positional, named);
done:
    Py_XDECREF(method);
    Py_XDECREF(positional);
    Py_XDECREF(named);
    return result;
}

static PyObject *caller_observe(PyObject *self, PyObject *const *arguments, Py_ssize_t n_positional, PyObject *keywords) {
    Caller *caller = (Caller *)self;
    Gate *gate = caller->gate;
    PyObject *values[N_FIELDS] = {NULL};
    if (gate != NULL && sort(arguments, n_positional, keywords, values)) {
        Py_INCREF((PyObject *)gate); /* a finalizer may replace it meanwhile */
        int is_put = put(gate, caller->variant, values);
        Py_DECREF((PyObject *)gate);
        if (is_put) Py_RETURN_NONE;
    }
    return call_carefully(self, arguments, n_positional, keywords);
}

static int caller_set_gate(PyObject *self, PyObject *value, void *Py_UNUSED(closure)) {
    if (value != NULL && Py_TYPE(value) != gate_type) {
        PyErr_SetString(PyExc_TypeError, "expected a Gate");
        return -1;
    }
    PyObject *old = (PyObject *)((Caller *)self)->gate;
    ((Caller *)self)->gate = (Gate *)Py_XNewRef(value);
    Py_XDECREF(old);
    return 0;
}

static int caller_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Caller *)self)->gate);
    Py_VISIT(((Caller *)self)->variant);
    return 0;
}

static int caller_clear(PyObject *self) {
    Py_CLEAR(((Caller *)self)->gate);
    Py_CLEAR(((Caller *)self)->variant);
    return 0;
}

static void free_object(PyObject *self) {
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static void caller_free(PyObject *self) {
    PyObject_GC_UnTrack(self);
    caller_clear(self);
    free_object(self);
}

static PyObject *gate_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(keywords)) {
    PyObject *entries, *small_types;
    if (!PyArg_ParseTuple(arguments, "OO", &entries, &small_types)) return NULL;
    PyObject *append = PyObject_GetAttrString(entries, "append");
    if (append == NULL) return NULL;
    Gate *self = (Gate *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0); /* all zero */
    if (self == NULL) {
        Py_DECREF(append);
        return NULL;
    }
    self->entries = Py_NewRef(entries);
    self->small_types = Py_NewRef(small_types);
    self->append = append;
    return (PyObject *)self;
}

static int gate_traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((Gate *)self)->entries);
    Py_VISIT(((Gate *)self)->append);
    Py_VISIT(((Gate *)self)->small_types);
    return 0;
}

static void gate_free(PyObject *self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((Gate *)self)->entries);
    Py_XDECREF(((Gate *)self)->append);
    Py_XDECREF(((Gate *)self)->small_types);
    free_object(self);
}

static PyObject *gate_tick(PyObject *self, PyObject *Py_UNUSED(none)) {
    return PyLong_FromUnsignedLongLong(((Gate *)self)->ticks++);
}

static PyObject *gate_relax(PyObject *self, PyObject *headroom) {
    Gate *gate = (Gate *)self;
    double factor = PyFloat_AsDouble(headroom);
    if (PyErr_Occurred()) return NULL;
    if (PyObject_Size(gate->entries) == 0 && gate->largest > 0) {
        gate->ceiling = (Py_ssize_t)((double)gate->largest * factor);
        gate->largest = 0;
    }
    return PyLong_FromSsize_t(gate->ceiling);
}

static PyMethodDef GATE_METHODS[] = {
    {"tick", gate_tick, METH_NOARGS, "Count a message; return how many there were before."},
    {"relax", gate_relax, METH_O,
     "relax(headroom): if the queue is empty, set the ceiling to the largest since the last call, times headroom."},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef GATE_MEMBERS[] = {
    {"attention", T_PYSSIZET, offsetof(Gate, attention), 0, "From this queue length on, Python acts."},
    {"ceiling", T_PYSSIZET, offsetof(Gate, ceiling), 0, "Python weighs what is heavier."},
    {"largest", T_PYSSIZET, offsetof(Gate, largest), 0, "The heaviest light message since relax()."},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot GATE_SLOTS[] = {
    {Py_tp_new, gate_new}, {Py_tp_dealloc, gate_free}, {Py_tp_traverse, gate_traverse}, {Py_tp_methods, GATE_METHODS},
    {Py_tp_members, GATE_MEMBERS}, {Py_tp_doc, "How callers put into a queue without Python."}, {0, NULL},
};
static PyType_Spec GATE = {"inference_exporter.client._observe.Gate", sizeof(Gate), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE, GATE_SLOTS};

PyDoc_STRVAR(OBSERVE,
             "observe($self, features=None, prediction=None, *, scores=None, id=None, time=None,\n"
             "        latency_seconds=None, code=None, variant=None, stages=None, tags=None, trace_id=None,\n"
             "        raw=None, action=None, intermediate=None, attributions=None)\n--\n\n"
             "Report one sample: features, a prediction, or the status code of a request that failed before.");
static PyMethodDef CALLER_METHODS[] = {
    {"observe", (PyCFunction)(void (*)(void))caller_observe, METH_FASTCALL | METH_KEYWORDS, OBSERVE},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef CALLER_PROPERTIES[] = {
    {"_gate", NULL, caller_set_gate, "The gate of the queue of samples.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMemberDef CALLER_MEMBERS[] = {
    {"_variant", T_OBJECT, offsetof(Caller, variant), 0, "Of samples without one."},
    {NULL, 0, 0, 0, NULL},
};
static PyType_Slot CALLER_SLOTS[] = {
    {Py_tp_dealloc, caller_free}, {Py_tp_traverse, caller_traverse}, {Py_tp_clear, caller_clear},
    {Py_tp_methods, CALLER_METHODS}, {Py_tp_getset, CALLER_PROPERTIES}, {Py_tp_members, CALLER_MEMBERS},
    {Py_tp_doc, "What callers of a Monitor call most."}, {0, NULL},
};
static PyType_Spec CALLER = {"inference_exporter.client._observe.Caller", sizeof(Caller), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, CALLER_SLOTS};
static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, "_observe", "Monitor.observe without Python.", -1,
                                    NULL, NULL, NULL, NULL, NULL};

static int add_type(PyObject *module, PyType_Spec *spec, const char *name, PyTypeObject **kept) {
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL || PyModule_AddObjectRef(module, name, type) < 0) {
        Py_XDECREF(type);
        return 0;
    }
    if (kept != NULL) *kept = (PyTypeObject *)type;
    else Py_DECREF(type);
    return 1;
}

PyMODINIT_FUNC PyInit__observe(void) {
    for (int field = 0; field < N_FIELDS; field++)
        if ((names[field] = PyUnicode_InternFromString(NAMES[field])) == NULL) return NULL;
    if ((carefully = PyUnicode_InternFromString("_observe_carefully")) == NULL) return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module != NULL && add_type(module, &GATE, "Gate", &gate_type) && add_type(module, &CALLER, "Caller", NULL))
        return module;
    Py_XDECREF(module);
    return NULL;
}
