using Crm.Contacts.Contracts;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Tasks.Domain;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Tasks.Seeds;

/// <summary>Many tasks for load tests: two thirds ended, the rest due within weeks around today, spread over all users.</summary>
internal sealed class TasksBulk(NpgsqlDataSource source, IUserDirectory users, IContactDirectory contacts, TimeProvider time) : IBulkSeed
{
    private static readonly string[] s_what = ["پیگیری", "تماس با", "بازدید از", "ارسال پیش‌فاکتور به", "هماهنگی با", "سرویس دوره‌ای", "بررسی خرابی", "Call", "Send quote to", "Check lift of"];
    private static readonly string[] s_whom = ["مدیر ساختمان", "مشتری", "مجتمع مسکونی", "کارفرما", "پیمانکار", "دفتر فنی", "واحد مالی", "the site manager", "the customer", "the owner"];

    public string Option => "tasks";

    public int Order => 40;

    [BypassesSave("Binary COPY: a hundred thousand rows through the change tracker would take minutes.")]
    public async Task<long> SeedAsync(int count, int seed, CancellationToken ct)
    {
        var people = (await users.WithPermissionAsync(TasksPermissions.See, ct)).Select(u => u.Id).Order().ToArray();
        if (people.Length == 0) throw new InvalidInput("tasks", "There is nobody who can have tasks.");
        var customers = new List<ContactCard>();
        foreach (var word in (string[])["علی", "رضا", "محمد", "شرکت", "09"]) customers.AddRange(await contacts.SearchAsync(word, 400, ct));
        var random = new Random(seed);
        var now = time.GetUtcNow();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        long number;
        await using (var draw = new NpgsqlCommand("select setval('tasks.work_tasks_number', nextval('tasks.work_tasks_number') + @count)", connection, transaction) { Parameters = { new("count", (long)count) } })
            number = (long)(await draw.ExecuteScalarAsync(ct))! - count;

        var made = new List<(Guid Id, Guid User, bool Waits, DateTimeOffset? Due, DateTimeOffset At)>(count);
        await using (var tasks = await connection.BeginBinaryImportAsync(
            "copy tasks.work_tasks (id, number, branch_id, title, description, search_text, due_at, priority, weight, percent, state, contact_id, ended_at, ended_by, created_at, created_by, updated_at, updated_by) from stdin (format binary)", ct))
        {
            for (var i = 0; i < count; i++)
            {
                var opened = now.AddMinutes(-random.Next(60 * 24 * 365));
                var state = random.Next(100) switch { < 62 => TaskState.Done, < 68 => TaskState.Cancelled, _ => TaskState.Open };
                var due = random.Next(8) == 0 ? (DateTimeOffset?)null : state == TaskState.Open ? now.AddMinutes(random.Next(-60 * 24 * 10, 60 * 24 * 40)) : opened.AddHours(random.Next(1, 200));
                var ended = state == TaskState.Open ? (DateTimeOffset?)null : opened.AddHours(random.Next(1, 300)) is var e && e < now ? e : now;
                var id = Id(random, opened);
                var user = people[random.Next(people.Length)];
                var giver = people[random.Next(people.Length)];
                var title = $"{s_what[random.Next(s_what.Length)]} {s_whom[random.Next(s_whom.Length)]} {i + 1}";
                var customer = customers.Count > 0 && random.Next(4) > 0 ? customers[random.Next(customers.Count)] : null;
                await tasks.StartRowAsync(ct);
                await tasks.WriteAsync(id, NpgsqlDbType.Uuid, ct);
                await tasks.WriteAsync(number + i + 1, NpgsqlDbType.Bigint, ct);
                await tasks.WriteAsync(customer?.BranchId ?? Branches.HeadOffice, NpgsqlDbType.Uuid, ct);
                await tasks.WriteAsync(title, NpgsqlDbType.Varchar, ct);
                await tasks.WriteNullAsync(ct);
                await tasks.WriteAsync(PersianText.Fold(title), NpgsqlDbType.Varchar, ct);
                await WriteAsync(tasks, due, ct);
                await tasks.WriteAsync(((TaskPriority)random.Next(4)).ToString(), NpgsqlDbType.Varchar, ct);
                await tasks.WriteAsync(random.Next(1, 6), NpgsqlDbType.Integer, ct);
                await tasks.WriteAsync(state == TaskState.Done ? 100 : random.Next(0, 10) * 10, NpgsqlDbType.Integer, ct);
                await tasks.WriteAsync(state.ToString(), NpgsqlDbType.Varchar, ct);
                if (customer is null) await tasks.WriteNullAsync(ct);
                else await tasks.WriteAsync(customer.Id, NpgsqlDbType.Uuid, ct);
                await WriteAsync(tasks, ended, ct);
                if (ended is null) await tasks.WriteNullAsync(ct);
                else await tasks.WriteAsync(user, NpgsqlDbType.Uuid, ct);
                await tasks.WriteAsync(opened, NpgsqlDbType.TimestampTz, ct);
                await tasks.WriteAsync(giver, NpgsqlDbType.Uuid, ct);
                await tasks.WriteAsync(ended ?? opened, NpgsqlDbType.TimestampTz, ct);
                await tasks.WriteAsync(giver, NpgsqlDbType.Uuid, ct);
                made.Add((id, user, state == TaskState.Open, due, opened));
            }

            await tasks.CompleteAsync(ct);
        }

        await using (var assignees = await connection.BeginBinaryImportAsync("copy tasks.task_assignees (task_id, user_id, waits, due_at) from stdin (format binary)", ct))
        {
            foreach (var t in made)
            {
                await assignees.StartRowAsync(ct);
                await assignees.WriteAsync(t.Id, NpgsqlDbType.Uuid, ct);
                await assignees.WriteAsync(t.User, NpgsqlDbType.Uuid, ct);
                await assignees.WriteAsync(t.Waits, NpgsqlDbType.Boolean, ct);
                await WriteAsync(assignees, t.Due, ct);
            }

            await assignees.CompleteAsync(ct);
        }

        await using (var entries = await connection.BeginBinaryImportAsync("copy tasks.task_entries (id, task_id, kind, at, by_user_id, to_user_ids, fields) from stdin (format binary)", ct))
        {
            foreach (var t in made)
            {
                await entries.StartRowAsync(ct);
                await entries.WriteAsync(Id(random, t.At), NpgsqlDbType.Uuid, ct);
                await entries.WriteAsync(t.Id, NpgsqlDbType.Uuid, ct);
                await entries.WriteAsync(nameof(TaskEntryKind.Opened), NpgsqlDbType.Varchar, ct);
                await entries.WriteAsync(t.At, NpgsqlDbType.TimestampTz, ct);
                await entries.WriteAsync(t.User, NpgsqlDbType.Uuid, ct);
                await entries.WriteAsync(new[] { t.User }, NpgsqlDbType.Array | NpgsqlDbType.Uuid, ct);
                await entries.WriteAsync(Array.Empty<string>(), NpgsqlDbType.Array | NpgsqlDbType.Text, ct);
            }

            await entries.CompleteAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return made.Count * 3L;
    }

    // A uuid v7 whose random part comes from the seed.
    private static Guid Id(Random random, DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16 | (long)random.Next(0x1000) | 0x7000);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    private static Task WriteAsync(NpgsqlBinaryImporter import, DateTimeOffset? moment, CancellationToken ct) =>
        moment is { } m ? import.WriteAsync(m, NpgsqlDbType.TimestampTz, ct) : import.WriteNullAsync(ct);
}
