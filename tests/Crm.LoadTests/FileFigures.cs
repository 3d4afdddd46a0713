using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Npgsql;

namespace Crm.LoadTests;

/// <summary>Rows 7 (import), 8 (export) and 26 (growth). Imports into a copy of the database, which is dropped afterwards.</summary>
internal static class FileFigures
{
    public static async Task ExportAsync(Bench bench)
    {
        await using var stage = await Stage.OpenAsync(bench);
        using var admin = await stage.ClientAsync("admin");
        var rows = await bench.AskAsync<long>("select count(*) from contacts.contacts where deleted_at is null");
        var columns = "name,phone,status,roles,city,owner,number,kind,standing,createdAt";
        const string copy = "copy (select name, main_phone, status_id, role_ids, city_id, owner_id, number, kind, standing, created_at from contacts.contacts where deleted_at is null order by number desc) to stdout (format csv)";
        foreach (var format in (string[])["csv", "xlsx"])
        {
            List<double> ours = [], floor = [];
            var before = stage.Host.Memory;
            double peak = 0, megabytes = 0;
            for (var round = 0; round < 2; round++)
            {
                var started = Stopwatch.GetTimestamp();
                await using (var connection = new NpgsqlConnection(bench.ConnectionString))
                {
                    await connection.OpenAsync();
                    using var reader = await connection.BeginTextExportAsync(copy);
                    var buffer = new char[1 << 16];
                    while (await reader.ReadAsync(buffer) > 0) { }
                }

                floor.Add(rows / Stopwatch.GetElapsedTime(started).TotalSeconds);
                started = Stopwatch.GetTimestamp();
                using var answer = await admin.GetAsync(new Uri($"/lists/contacts/export?format={format}&cols={columns}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
                answer.EnsureSuccessStatusCode();
                await using var body = await answer.Content.ReadAsStreamAsync();
                var bytes = new byte[1 << 16];
                long all = 0, lines = 0;
                for (int n, i = 0; (n = await body.ReadAsync(bytes)) > 0; i++)
                {
                    all += n;
                    lines += bytes.AsSpan(0, n).Count((byte)'\n');
                    if (i % 100 == 0) peak = Math.Max(peak, stage.Host.Memory);
                }

                ours.Add(rows / Stopwatch.GetElapsedTime(started).TotalSeconds);
                megabytes = all / 1048576.0;
                if (format == "csv" && lines < rows) throw new InvalidOperationException($"The file has {lines} lines of {rows} rows.");
            }

            Console.WriteLine(Stage.Text($"Row 8, {format} of {rows} rows, {megabytes:0} MB: {ours.Max():0} rows/s = {ours.Max() / floor.Max() * 100:0} % of COPY TO's {floor.Max():0}; memory + {peak - before:0} MB"));
        }
    }

    public static async Task ImportAsync(Bench bench, int rows)
    {
        var name = $"load_import_{Environment.TickCount & 0xFFFF}";
        await bench.CopyDatabaseAsync(name);
        var connectionString = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Database = name }.ConnectionString;
        try
        {
            await using var stage = await Stage.OpenAsync(bench, 5801, connectionString);
            await using var connection = new NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            var floor = await CopyAsync(connection, rows);
            var (quiet, _, _) = await stage.RoundsAsync(() => ListAsync(stage), () => ListAsync(stage), 2);
            var before = stage.Host.Memory;
            using var admin = await stage.ClientAsync("admin");
            var file = Write(rows);
            var begin = await UploadAsync(admin, file);
            var started = Stopwatch.GetTimestamp();
            await begin();
            double peak = 0, slowest = 0;
            var work = stage.WorkAsync(connection);
            // The list is looked at for two of each twenty seconds: a client that never rests takes one of the two cores from the import, which COPY had for itself.
            for (var second = 0; !work.IsCompleted; second++)
            {
                if (second % 18 == 0) slowest = Math.Max(slowest, await ListAsync(stage));
                peak = Math.Max(peak, stage.Host.Memory);
                await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(1)));
            }

            await work;
            var rate = rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
            await using var count = new NpgsqlCommand("select added || ' added, ' || refused || ' refused' from platform.imports order by id desc limit 1", connection);
            Console.WriteLine(Stage.Text($"Row 7, import of {rows} ({await count.ExecuteScalarAsync()}): {rate:0} rows/s = {rate / floor * 100:0} % of COPY's {floor:0}; memory + {peak - before:0} MB; others' list p95 at worst {slowest:0.0} ms = {slowest / PageFigures.Median(quiet):0.0} × quiet"));
            File.Delete(file);
        }
        finally
        {
            await bench.DropDatabaseAsync(name);
        }
    }

    /// <summary>Uploads a file of people as an administrator does.</summary>
    /// <returns>What maps its columns and starts the import.</returns>
    public static async Task<Func<Task>> UploadAsync(HttpClient admin, string file)
    {
        var page = await admin.GetStringAsync(new Uri("/import/contacts", UriKind.Relative));
        using var upload = new MultipartFormDataContent { { new StringContent(Token(page)), "__RequestVerificationToken" } };
        using var content = new StreamContent(File.OpenRead(file));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        upload.Add(content, "Upload", "people.csv");
        using var answer = await admin.PostAsync(new Uri("/import/contacts", UriKind.Relative), upload);
        var url = answer.Headers.Location ?? throw new InvalidOperationException($"The upload answered {answer.StatusCode}.");
        var one = await admin.GetStringAsync(url);
        List<KeyValuePair<string, string>> form = [new("__RequestVerificationToken", Token(one)), new("Command.KeyField", "phone"), new("Command.Mode", "Create"), new("Command.Start", "true")];
        string[] columns = ["firstName", "lastName", "mobile", "email", "notes"];
        for (var i = 0; i < columns.Length; i++) form.Add(new($"Command.Columns[{i}]", columns[i]));
        return async () =>
        {
            using var begun = await admin.PostAsync(url, new FormUrlEncodedContent(form));
            if (begun.StatusCode != System.Net.HttpStatusCode.Redirect) throw new InvalidOperationException($"The start answered {begun.StatusCode}.");
        };
    }

    /// <summary>Bytes a contact and a communication take with their indexes, as seeded.</summary>
    public static async Task GrowthAsync(Bench bench)
    {
        var contacts = await bench.AskAsync<long>("select count(*) from contacts.contacts");
        var communications = await bench.AskAsync<long>("select count(*) from contacts.communications");
        foreach (var (table, rows) in (IEnumerable<(string, long)>)[("contacts.contacts", contacts), ("contacts.contact_phones", contacts), ("contacts.contact_emails", contacts), ("contacts.contact_addresses", contacts), ("contacts.contact_activity", contacts), ("platform.search", contacts), ("contacts.communications", communications)])
            Console.WriteLine(Stage.Text($"Row 26: {table} {await bench.AskAsync<double>($"select pg_total_relation_size('{table}')::float8") / rows:0} bytes a row of its record ({await bench.AskAsync<double>($"select pg_table_size('{table}')::float8") / rows:0} without indexes)"));
    }

    private static async Task<double> ListAsync(Stage stage) => (await Load.RunAsync(new Uri(stage.Host.Url, "/contacts"), stage.Cookie, 1, TimeSpan.FromSeconds(2), [])).P95;

    private static string Token(string page) => System.Text.RegularExpressions.Regex.Match(page, "__RequestVerificationToken\"[^>]*value=\"([^\"]+)").Groups[1].Value;

    /// <summary>COPY of the same people into the three tables with their indexes, nothing else.</summary>
    private static async Task<double> CopyAsync(NpgsqlConnection connection, int rows)
    {
        await using var branch = new NpgsqlCommand("select branch_id from platform.users where user_name = 'load'", connection);
        var home = (Guid)(await branch.ExecuteScalarAsync())!;
        var started = Stopwatch.GetTimestamp();
        const int Batch = 5000;
        for (var done = 0; done < rows; done += Batch)
        {
            var ids = Enumerable.Range(0, Batch).Select(_ => Guid.CreateVersion7()).ToArray();
            await using (var copy = await connection.BeginBinaryImportAsync("copy contacts.contacts (id, kind, number, name, first_name, last_name, standing, role_ids, main_phone, notes, search_text, branch_id, created_at, updated_at) from stdin (format binary)"))
            {
                for (var i = 0; i < Batch; i++)
                {
                    var (first, last, phone, email) = Person(5_000_000 + done + i);
                    await copy.StartRowAsync();
                    await copy.WriteAsync(ids[i]);
                    await copy.WriteAsync("Person", NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync(1_000_000_000L + done + i);
                    await copy.WriteAsync($"{first} {last}", NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync(first, NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync(last, NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync("Potential", NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync(Array.Empty<Guid>());
                    await copy.WriteAsync("+98" + phone[1..], NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync("from a file", NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync($" {first} {last} {phone} {email}");
                    await copy.WriteAsync(home);
                    await copy.WriteAsync(DateTime.UtcNow);
                    await copy.WriteAsync(DateTime.UtcNow);
                }

                await copy.CompleteAsync();
            }

            await using (var copy = await connection.BeginBinaryImportAsync("copy contacts.contact_phones (id, contact_id, kind, number, position) from stdin (format binary)"))
            {
                for (var i = 0; i < Batch; i++)
                {
                    await copy.StartRowAsync();
                    await copy.WriteAsync(Guid.CreateVersion7());
                    await copy.WriteAsync(ids[i]);
                    await copy.WriteAsync("Mobile", NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync("+98" + Person(5_000_000 + done + i).Phone[1..], NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync((short)0);
                }

                await copy.CompleteAsync();
            }

            await using (var copy = await connection.BeginBinaryImportAsync("copy contacts.contact_emails (id, contact_id, address, position) from stdin (format binary)"))
            {
                for (var i = 0; i < Batch; i++)
                {
                    await copy.StartRowAsync();
                    await copy.WriteAsync(Guid.CreateVersion7());
                    await copy.WriteAsync(ids[i]);
                    await copy.WriteAsync(Person(5_000_000 + done + i).Email, NpgsqlTypes.NpgsqlDbType.Varchar);
                    await copy.WriteAsync((short)0);
                }

                await copy.CompleteAsync();
            }
        }

        return rows / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>A CSV of people whose telephones nobody in the database has.</summary>
    public static string Write(int rows)
    {
        var path = Path.GetTempFileName();
        using var file = new StreamWriter(path);
        file.WriteLine("firstName,lastName,mobile,email,notes");
        for (var i = 0; i < rows; i++)
        {
            var (first, last, phone, email) = Person(i);
            file.WriteLine($"{first},{last},{phone},{email},from a file");
        }

        return path;
    }

    private static (string First, string Last, string Phone, string Email) Person(int n)
    {
        string[] first = ["علی", "زهرا", "حسن", "مریم", "رضا", "نرگس", "امیر", "سارا"], last = ["رضایی", "کریمی", "محمدی", "حسینی", "احمدی", "موسوی", "جعفری", "رستگار"];
        return (first[n % 8], $"{last[n / 8 % 8]} {n.ToString(CultureInfo.InvariantCulture)}", $"09{(n % 1_000_000_000).ToString("000000000", CultureInfo.InvariantCulture)}", $"p{n.ToString(CultureInfo.InvariantCulture)}@import.example");
    }
}
