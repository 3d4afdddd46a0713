using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Crm.Core;
using Crm.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Import;

/// <summary>Contacts come in from a file through the pages: mapping, preview, run, refused rows, and the way back.</summary>
public sealed class ContactImportTests(ContactImportTests.ImportApp app) : IClassFixture<ContactImportTests.ImportApp>
{
    private const string File = "نام,نام خانوادگی,موبایل,شرکت,وضعیت,تاریخ تولد,گذرنامه\r\nعلی,رضایی,۰۹۱۲ ۱۱۱ ۰۰۰۱,,,1370/05/12,x\r\nزهرا,کریمی,09121110002,,,,\r\nحسن,بدشماره,12ab,,,,\r\n,,09121110004,,,,\r\n";

    [Fact]
    public async Task A_file_is_guessed_previewed_imported_mended_and_taken_back()
    {
        var admin = await app.As("admin");
        var url = await UploadAsync(admin, "contacts.csv", File);
        await admin.OpenAsync(url);
        admin.Html.Should().Contain("value=\"firstName\" selected").And.Contain("value=\"lastName\" selected").And.Contain("value=\"mobile\" selected").And.Contain("value=\"birthday\" selected").And.Contain("value=\"company\" selected");
        admin.Text.Should().Contain("شماره تلفن", "a cell that is no telephone number is told in the preview");
        await StartAsync(admin, url);
        (await CountsAsync(url)).Should().Be((2, 0, 0, 2));
        await admin.OpenAsync(url);
        var file = Regex.Match(admin.Html, "/files/([0-9a-f-]{36})").Value;
        var refused = await (await admin.Client.GetAsync(file)).Content.ReadAsStringAsync();
        refused.Should().Contain("حسن,بدشماره,12ab").And.Contain("دلیل رد").And.NotContain("رضایی");

        (await ContactsAsync("علی رضایی")).Should().ContainSingle().Which.Should().Be("+989121110001");
        (await app.QueryAsync<DateTime?>("select birthday::timestamp from contacts.contacts where name = 'علی رضایی' and deleted_at is null")).Single().Should().Be(new DateTime(1991, 8, 3));
        (await app.QueryAsync<string>("select action || entity from platform.audit where command = 'Import' and changes::text like '%علی%'")).Should().Equal("Acontacts.Contact");
        (await app.QueryAsync<long>("select count(*) from platform.search s join contacts.contacts c on c.id = s.id where c.name = 'علی رضایی' and c.deleted_at is null and s.text like '%' || c.number || '%'")).Single().Should().Be(1, "the global search knows him by his number as well");

        // The refused rows, mended: the column with the reasons is left out, the mapping is remembered.
        var mended = await UploadAsync(admin, "mended.csv", refused.Replace("12ab", "09121110003", StringComparison.Ordinal));
        await StartAsync(admin, mended);
        (await CountsAsync(mended)).Should().Be((1, 0, 0, 1));
        (await ContactsAsync("حسن بدشماره")).Should().Equal("+989121110003");

        await admin.PostAsync(url, [], "?handler=Undo");
        await app.DrainAsync();
        (await ContactsAsync("علی رضایی")).Should().BeEmpty();
        (await ContactsAsync("حسن بدشماره")).Should().NotBeEmpty("that was another import");
        await admin.OpenAsync("/work");
        admin.Text.Should().Contain("۲ برگردانده شد، ۰ همان‌گونه ماند.");
    }

    [Fact]
    public async Task A_name_without_a_last_name_beside_it_is_the_whole_name()
    {
        var admin = await app.As("admin");
        var url = await UploadAsync(admin, "names.csv", "نام,موبایل,یادداشت\r\nسهراب کمال‌نیا,09121190001,از فهرست\r\n");
        (await admin.OpenAsync(url)).Html.Should().Contain("value=\"fullName\" selected").And.NotContain("value=\"firstName\" selected");
        await StartAsync(admin, url);
        (await app.QueryAsync<(string, string)>("select first_name, last_name from contacts.contacts where main_phone = '+989121190001'")).Should().Equal(("سهراب", "کمال‌نیا"));
    }

    [Fact]
    public async Task A_value_of_a_list_is_known_with_space_half_space_or_none()
    {
        var admin = await app.As("admin");
        const string rows = "firstName,lastName,mobile,source\r\nیک,فاصله‌دار,09121190011,وب سایت\r\nدو,فاصله‌دار,09121190012,وب‌سایت\r\nسه,فاصله‌دار,09121190013,وبسایت\r\n";
        (await CountsAsync(await ImportAsync(admin, rows, "phone", ImportMode.Create))).Should().Be((3, 0, 0, 0));
        (await app.QueryAsync<Guid?>("select distinct source_id from contacts.contacts where last_name = 'فاصله‌دار'")).Should().ContainSingle().Which.Should().NotBeNull();
    }

    [Fact]
    public async Task Known_ones_are_refused_changed_or_both_and_old_values_come_back_unless_changed_since()
    {
        var admin = await app.As("admin");
        const string head = "firstName,lastName,mobile,email,notes\r\n";
        await ImportAsync(admin, head + "Ann,Old,09122220001,ann@x.ir,first\r\nBob,Old,09122220002,,first\r\n", "phone", ImportMode.Create);
        (await CountsAsync(await ImportAsync(admin, head + "Ann,New,09122220001,,\r\nCid,New,09122220003,,\r\n", "phone", ImportMode.Create))).Should().Be((1, 0, 0, 1));
        (await CountsAsync(await ImportAsync(admin, head + "Nobody,New,09122229999,,\r\n", "phone", ImportMode.Update))).Should().Be((0, 0, 0, 1));

        // One known twice in the file, one new twice: rows take effect in their order.
        var both = await ImportAsync(admin, head + "Ann,New,09122220001,ann2@x.ir,\r\nBob,New,09122220002,,second\r\nDan,One,09122220004,,\r\nDan,Two,09122220004,,\r\n", "phone", ImportMode.Both);
        (await CountsAsync(both)).Should().Be((1, 3, 0, 0));
        (await ContactsAsync("Dan Two")).Should().NotBeEmpty();
        (await ContactsAsync("Ann New")).Should().NotBeEmpty();
        (await app.QueryAsync<string>("select e.address from contacts.contact_emails e join contacts.contacts c on c.id = e.contact_id where c.name = 'Ann New' order by e.position")).Should().Equal("ann@x.ir", "ann2@x.ir");
        (await CountsAsync(await ImportAsync(admin, head + "Ann,New,09122220001,,\r\n", "phone", ImportMode.Update))).Should().Be((0, 0, 1, 0));

        // Bob is changed by hand: his new values stay, and the undo says so.
        var bob = (await app.QueryAsync<Guid>("select id from contacts.contacts where name = 'Bob New'")).Single();
        await app.QueryAsync<int>("update contacts.contacts set notes = 'by hand' where id = @bob returning 1", new { bob });
        await admin.PostAsync(both, [], "?handler=Undo");
        await app.DrainAsync();
        (await ContactsAsync("Ann Old")).Should().NotBeEmpty();
        (await ContactsAsync("Bob New")).Should().NotBeEmpty();
        (await ContactsAsync("Dan Two")).Should().BeEmpty();
        await admin.OpenAsync(both);
        admin.Text.Should().Contain("Bob New").And.Contain("از آن پس تغییر کرده است.");
    }

    [Fact]
    public async Task A_row_whose_national_id_is_somebody_elses_is_refused_and_the_preview_says_whose()
    {
        var admin = await app.As("admin");
        const string head = "firstName,lastName,mobile,nationalId\r\n";
        await ImportAsync(admin, head + "Eva,Holder,09123330001,0012345679\r\nFay,Phone,09123330002,\r\n", "phone", ImportMode.Create);

        // Fay by her telephone, Eva by her national id – its zeros lost in a spreadsheet; and a new one with Eva's id; and one that is Eva's own.
        const string rows = "Fay,Phone,09123330002,12345679\r\nGil,New,09123330003,001-234567-9\r\nEva,Holder,09123330001,0012345679\r\nHal,New,09123330004,0499370899\r\nIda,New,09123330005,0499370899\r\n";
        var url = await UploadAsync(admin, "ids.csv", head + rows);
        (await admin.OpenAsync(url)).Text.Should().Contain("«Eva Holder»", "the preview says whose it is");
        await MapAsync(admin, url, "phone", ImportMode.Both);
        await app.DrainAsync();
        await admin.OpenAsync(url);
        var refused = await (await admin.Client.GetAsync(Regex.Match(admin.Html, "/files/([0-9a-f-]{36})").Value)).Content.ReadAsStringAsync();
        refused.Should().Contain("«Eva Holder»").And.Contain("«Hal New»", "of two rows with one id the first has it").And.NotContain("Hal,New");
        (await CountsAsync(url)).Should().Be((1, 0, 1, 3));
        (await app.QueryAsync<string?>("select national_id from contacts.contacts where name = 'Fay Phone'")).Should().Equal((string?)null);
    }

    [Fact]
    public async Task A_run_that_dies_between_batches_leaves_each_row_once()
    {
        var admin = await app.As("admin");
        var text = new StringBuilder("firstName,lastName,mobile\r\n");
        for (var i = 0; i < 12_000; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"Row,Many {i},{(i % 1000 == 7 ? "bad" : (9_300_000_000 + i).ToString(System.Globalization.CultureInfo.InvariantCulture))}\r\n");
        var url = await UploadAsync(admin, "many.csv", text.ToString());
        app.DieAfter = 2;
        await MapAsync(admin, url, "", ImportMode.Create);
        // The host dies in its second batch, with the first committed; another takes over when the lease has run out.
        await app.DrainAsync();
        (await CountsAsync(url)).Added.Should().BeGreaterThan(0).And.BeLessThan(11_988);
        app.DieAfter = int.MaxValue;
        await app.QueryAsync<int>("update platform.background_work set due_at = now() where stage = 'Waiting' returning 1");
        await app.DrainAsync();
        (await CountsAsync(url)).Should().Be((11_988, 0, 0, 12));
        (await app.QueryAsync<(long, long)>("select count(*), count(distinct name) from contacts.contacts where name like 'Row Many %'")).Single().Should().Be((11_988, 11_988));
        (await app.QueryAsync<long>("select count(*) from platform.import_refused where import_id = @id", new { id = Id(url) })).Single().Should().Be(12);
    }

    [Fact]
    public async Task A_nearly_full_disk_lets_an_import_wait_and_says_so_until_there_is_room()
    {
        var admin = await app.As("admin");
        var text = new StringBuilder("firstName,lastName,mobile\r\n");
        for (var i = 0; i < 7_000; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"Full,Disk {i},{(i % 1000 == 7 ? "bad" : (9_310_000_000 + i).ToString(System.Globalization.CultureInfo.InvariantCulture))}\r\n");
        var url = await UploadAsync(admin, "full.csv", text.ToString());
        await MapAsync(admin, url, "", ImportMode.Create);
        try
        {
            // The disk fills up while the first batch is written: that batch is whole, the second is not begun.
            app.AfterBatch = () =>
            {
                app.Disk.Has(900);
                app.AfterBatch = null;
            };
            await app.DrainAsync();
            (await CountsAsync(url)).Should().Be((4_995, 0, 0, 5));
            await admin.OpenAsync("/work");
            admin.Text.Should().Contain("دیسک سرور تقریباً پر است").And.NotContain("کنار گذاشته شد");

            // Work that was not begun waits as well and says so; no file comes in.
            var second = await StartWaitingAsync(admin);
            await app.DrainAsync();
            (await ProblemAsync(second)).Should().Contain("nearly full");
            (await UploadAnswerAsync(admin, "more.csv", File)).Should().Contain("دیسک سرور تقریباً پر است");

            // A little more room than the least is not enough to begin again, or it would stop again at once.
            app.Disk.Has(1_100);
            await DueAsync();
            (await CountsAsync(url)).Added.Should().Be(4_995);
            app.Disk.Has(1_400);
            await DueAsync();
        }
        finally
        {
            app.AfterBatch = null;
            app.Disk.Free = long.MaxValue;
        }

        (await CountsAsync(url)).Should().Be((6_993, 0, 0, 7));
        (await app.QueryAsync<(long, long)>("select count(*), count(distinct name) from contacts.contacts where name like 'Full Disk %'")).Single().Should().Be((6_993, 6_993));
        (await app.QueryAsync<string>("select stage from platform.background_work where problem is null and args::text like @id", new { id = $"%{Id(url)}%" })).Should().Equal("Done");

        async Task DueAsync()
        {
            await app.QueryAsync<int>("update platform.background_work set due_at = now() where stage = 'Waiting' returning 1");
            await app.DrainAsync();
        }
    }

    [Fact]
    public async Task Values_and_companies_are_added_only_where_that_is_wanted_and_nobody_imports_without_the_right()
    {
        var admin = await app.As("admin");
        const string text = "firstName,lastName,company,status\r\nEve,Works,شرکت نوین,وضعیت تازه\r\n";
        (await CountsAsync(await ImportAsync(admin, text, "", ImportMode.Create))).Should().Be((0, 0, 0, 1));
        (await CountsAsync(await ImportAsync(admin, text, "", ImportMode.Create, adds: true))).Should().Be((1, 0, 0, 0));
        (await app.QueryAsync<string>("select c.company_name || '|' || b.title from contacts.contacts c join contacts.base_data b on b.id = c.status_id where c.name = 'Eve Works'")).Should().Equal("شرکت نوین|وضعیت تازه");
        (await app.QueryAsync<long>("select count(*) from contacts.contact_positions p join contacts.contacts c on c.id = p.company_id where c.name = 'شرکت نوین'")).Single().Should().Be(1);

        var reza = await app.As("reza");
        await reza.OpenAsync("/import/contacts");
        reza.Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_form_sent_without_a_file_on_a_fresh_server_is_answered_beside_the_field()
    {
        var folder = Path.Combine(app.Services.GetRequiredService<IConfiguration>()["Crm:DataDirectory"]!, "imports");
        var away = folder + "-away";
        if (Directory.Exists(folder)) Directory.Move(folder, away);
        try
        {
            var admin = await app.As("admin");
            await admin.OpenAsync("/import/contacts");
            var token = Regex.Match(admin.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
            using var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" } };
            using var answer = await admin.Client.PostAsync("/import/contacts", form);
            answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        }
        finally
        {
            if (Directory.Exists(away) && !Directory.Exists(folder)) Directory.Move(away, folder);
        }
    }

    [Fact]
    public async Task Custom_fields_come_in_and_are_taken_back()
    {
        await app.SendAsync(new Crm.Platform.Features.EditField.SaveFieldCommand { Record = "contacts", Kind = FieldType.Number, Title = "تعداد دستگاه", EnglishTitle = "Machines", Key = "machines" }, "admin");
        var admin = await app.As("admin");
        (await CountsAsync(await ImportAsync(admin, "firstName,lastName,mobile,Machines\r\nFay,Own,09125550001,۱۲\r\nGil,Own,09125550002,many\r\n", "phone", ImportMode.Create))).Should().Be((1, 0, 0, 1));
        (await app.QueryAsync<int>("select (custom ->> 'machines')::int from contacts.contacts where name = 'Fay Own'")).Should().Equal(12);
        var change = await ImportAsync(admin, "firstName,lastName,mobile,Machines\r\nFay,Own,09125550001,13\r\n", "phone", ImportMode.Update);
        (await CountsAsync(change)).Should().Be((0, 1, 0, 0));
        await admin.PostAsync(change, [], "?handler=Undo");
        await app.DrainAsync();
        (await app.QueryAsync<int>("select (custom ->> 'machines')::int from contacts.contacts where name = 'Fay Own'")).Should().Equal(12);
    }

    private async Task<string> ImportAsync(Browse user, string text, string key, ImportMode mode, bool adds = false)
    {
        var url = await UploadAsync(user, "some.csv", text);
        await MapAsync(user, url, key, mode, adds);
        await app.DrainAsync();
        return url;
    }

    private async Task StartAsync(Browse user, string url)
    {
        await user.PostAsync(url, [("Command.Start", "true"), .. await ColumnsAsync(url)]);
        user.Status.Should().Be(HttpStatusCode.Redirect, user.Text[..Math.Min(600, user.Text.Length)]);
        await app.DrainAsync();
    }

    private async Task MapAsync(Browse user, string url, string key, ImportMode mode, bool adds = false)
    {
        await user.PostAsync(url, [("Command.Start", "true"), ("Command.KeyField", key), ("Command.Mode", mode.ToString()), ("Command.AddsValues", adds ? "true" : "false"), .. await ColumnsAsync(url)]);
        user.Status.Should().Be(HttpStatusCode.Redirect, user.Text[..Math.Min(600, user.Text.Length)]);
    }

    // What the drop-downs of the page stand on; a browser sends it, the test's does not read selects.
    private async Task<IEnumerable<(string, string?)>> ColumnsAsync(string url) =>
        (await app.QueryAsync<string[]>("select columns from platform.imports where id = @id", new { id = Id(url) })).Single().Select((c, i) => ($"Command.Columns[{i}]", (string?)c));

    private async Task<string> StartWaitingAsync(Browse user)
    {
        app.Disk.Free = long.MaxValue;
        var url = await UploadAsync(user, "waits.csv", "firstName,lastName\r\nWaits,Long\r\n");
        app.Disk.Has(900);
        await MapAsync(user, url, "", ImportMode.Create);
        return url;
    }

    private async Task<string> ProblemAsync(string url) => (await app.QueryAsync<string>("select problem ->> 'text' from platform.background_work where args::text like @id", new { id = $"%{Id(url)}%" })).Single();

    private static async Task<string> UploadAnswerAsync(Browse user, string name, string text)
    {
        using var answer = await PostFileAsync(user, name, text);
        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> UploadAsync(Browse user, string name, string text)
    {
        using var answer = await PostFileAsync(user, name, text);
        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        return answer.Headers.Location!.ToString();
    }

    private static async Task<HttpResponseMessage> PostFileAsync(Browse user, string name, string text)
    {
        await user.OpenAsync("/import/contacts");
        var token = Regex.Match(user.Html, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "Upload", name } };
        return await user.Client.PostAsync("/import/contacts", form);
    }

    private static Guid Id(string url) => Guid.Parse(url[^36..]);

    private async Task<(long Added, long Changed, long Same, long Refused)> CountsAsync(string url) =>
        (await app.QueryAsync<(long, long, long, long)>("select added, changed, same, refused from platform.imports where id = @id", new { id = Id(url) })).Single();

    private Task<IReadOnlyList<string>> ContactsAsync(string name) => app.QueryAsync<string>("select coalesce(main_phone, '') from contacts.contacts where name = @name and deleted_at is null", new { name });

    public sealed class ImportApp : CrmApp
    {
        /// <summary>The batch in whose transaction the host dies, after the data and before the commit.</summary>
        public int DieAfter { get; set; } = int.MaxValue;

        /// <summary>Happens in the transaction of each batch, after its data.</summary>
        public Action? AfterBatch { get; set; }

        protected override void ConfigureServices(IServiceCollection services)
        {
            var real = services.Last(s => s.ServiceType == typeof(IImportTarget));
            services.Remove(real);
            services.AddScoped<IImportTarget>(sp => new Dying(this, (IImportTarget)ActivatorUtilities.CreateInstance(sp, real.ImplementationType ?? typeof(Crm.Contacts.Importing.ContactImport))));
        }
    }

    private sealed class Dying(ImportApp app, IImportTarget real) : IImportTarget
    {
        public string Key => real.Key;

        public string Title => real.Title;

        public string Permission => real.Permission;

        public string[] Agree(IReadOnlyList<string> heads, string[] guessed) => real.Agree(heads, guessed);

        public string Url => real.Url;

        public IReadOnlyList<ImportKey> Keys => real.Keys;

        public string UrlOf(Guid id) => real.UrlOf(id);

        public Task<IReadOnlyList<ImportField>> FieldsAsync(CancellationToken ct) => real.FieldsAsync(ct);

        public Task<IReadOnlyList<ImportVerdict>> CheckAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, CancellationToken ct) => real.CheckAsync(plan, rows, ct);

        public Task ApplyAsync(ImportPlan plan, IReadOnlyList<ImportRow> rows, Func<IReadOnlyList<ImportVerdict>, System.Data.Common.DbConnection, System.Data.Common.DbTransaction, Task> alsoSave, CancellationToken ct) =>
            real.ApplyAsync(plan, rows, async (verdicts, connection, transaction) =>
            {
                await alsoSave(verdicts, connection, transaction);
                app.AfterBatch?.Invoke();
                if (--app.DieAfter == 0) throw new InvalidOperationException("killed");
            }, ct);

        public Task UndoAsync(IReadOnlyList<ImportedRecord> records, Func<IReadOnlyList<UndoRefusal>, System.Data.Common.DbConnection, System.Data.Common.DbTransaction, Task> alsoSave, CancellationToken ct) => real.UndoAsync(records, alsoSave, ct);
    }
}
