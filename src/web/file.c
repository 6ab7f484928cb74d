#include "web/loop.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/crypto.h"

/* Bodies that are files.  The disk may take its time: libuv's own threads read and write, a piece
 * at a time, and the next piece is asked for when the last has gone. */

static struct file_job *job_new(struct conn *k, int fd)
{
    struct file_job *job = calloc(1, sizeof *job);
    must(job != NULL);
    job->piece = malloc(FILE_PIECE);
    must(job->piece != NULL);
    job->fd = fd;
    job->read.data = job->store.data = k;
    k->serving->file = job;
    return job;
}

void file_end(struct serving *v)
{
    struct file_job *job = v->file;
    if (job == NULL)
        return;
    must(!job->busy);
    if (job->hash != NULL)
        (void)sha256_end(job->hash);
    if (job->fd >= 0)
        close(job->fd);
    free(job->piece);
    free(job);
    v->file = NULL;
}

/* The disk is done with its piece.  False: the connection was closed meanwhile. */
static bool back_from_disk(struct conn *k)
{
    struct serving *v = k->serving;
    bool there = k->state == CONN_DISK;
    v->file->busy = false;
    if (!there) {
        must(k->state == CONN_CLOSED);
        k->serving = NULL;
        serving_give(v);
    }
    return there;
}

/* ---- sending */

void file_send_begin(struct conn *k)
{
    struct answer *out = &k->serving->req.out;
    struct file_job *job = job_new(k, out->file_fd);
    out->file_fd = -1;
    job->offset = out->file_offset;
    job->left = out->file_length;
}

static void on_read(uv_fs_t *read)
{
    struct conn *k = read->data;
    ssize_t n = read->result;
    uv_fs_req_cleanup(read);
    if (back_from_disk(k)) {
        struct serving *v = k->serving;
        struct file_job *job = v->file;
        if (n <= 0) {
            /* Shorter than promised: an end that nobody can take for the whole. */
            conn_close(k);
        } else {
            job->offset += n;
            job->left -= n;
            v->out[0] = (struct iovec) { job->piece, (size_t)n };
            v->out_count = 1;
            k->state = CONN_GIVING;
            conn_work(k);
        }
    }
    conn_release(k);
}

void file_send_on(struct conn *k)
{
    struct file_job *job = k->serving->file;
    unsigned n = job->left < FILE_PIECE ? (unsigned)job->left : FILE_PIECE;
    uv_buf_t piece = uv_buf_init(job->piece, n);
    k->state = CONN_DISK;
    k->holds++;
    job->busy = true;
    must(uv_fs_read(&k->server->loop, &job->read, job->fd, &piece, 1, job->offset, on_read) == 0);
}

/* ---- storing */

static int unnamed_file(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd >= 0)
        return fd;
    /* Not every file system has files without a name. */
    char path[300];
    int n = snprintf(path, sizeof path, "%s/.upload-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

bool file_store_begin(struct conn *k)
{
    int fd = unnamed_file(k->server->o.uploads.p);
    if (fd < 0)
        return false;
    struct file_job *job = job_new(k, fd);
    job->hash = sha256_begin();
    return true;
}

bool file_store_add(struct serving *v, struct str piece)
{
    struct file_job *job = v->file;
    /* What one reading brings fits, for a full half is stored before the next. */
    must(piece.n <= FILE_PIECE - job->n);
    memcpy(job->piece + job->n, piece.p, piece.n);
    job->n += piece.n;
    return true;
}

/* On one of libuv's threads. */
static void store(uv_work_t *work)
{
    struct conn *k = work->data;
    struct file_job *job = k->serving->file;
    sha256_add(job->hash, (struct str) { job->piece, job->n });
    for (size_t done = 0; done < job->n && !job->failed;) {
        ssize_t put =
            pwrite(job->fd, job->piece + done, job->n - done, (off_t)(job->offset + (int64_t)done));
        if (put <= 0)
            job->failed = true;
        else
            done += (size_t)put;
    }
}

static void on_stored(uv_work_t *work, int status)
{
    struct conn *k = work->data;
    if (back_from_disk(k)) {
        struct file_job *job = k->serving->file;
        job->failed = job->failed || status != 0;
        job->offset += (int64_t)job->n;
        job->n = 0;
        take_stored(k);
    }
    conn_release(k);
}

bool file_store_on(struct conn *k, bool last)
{
    struct file_job *job = k->serving->file;
    if (job->n == 0 || (!last && job->n < FILE_PIECE / 2))
        return false;
    k->state = CONN_DISK;
    k->holds++;
    job->busy = true;
    must(uv_queue_work(&k->server->loop, &job->store, store, on_stored) == 0);
    return true;
}

void file_stored(struct serving *v)
{
    struct file_job *job = v->file;
    struct req *r = &v->req;
    struct sha256 hash = sha256_end(job->hash);
    job->hash = NULL;
    memcpy(r->upload_sha256, hash.b, sizeof hash.b);
    r->upload_fd = job->fd;
    r->upload_size = job->offset;
    job->fd = -1;
    file_end(v);
}
