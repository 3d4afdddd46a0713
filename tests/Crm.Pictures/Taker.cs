using System.Text.RegularExpressions;
using Crm.Browsing;
using Microsoft.Playwright;

namespace Crm.Pictures;

/// <summary>
/// Goes through the application as the chapters of the guide do, and takes a picture wherever a chapter shows one. The names are those that docs/guide links to.
/// One that fails is told and the others are taken all the same.
/// </summary>
internal sealed class Taker(GuideApp app, string only)
{
    private const int Width = 1280, Height = 800;
    private int _wrong;

    public async Task<int> TakeAsync()
    {
        await using (var stranger = await Window.OpenAsync(app, Width, Height)) await ShotAsync(stranger, "sign-in", "/sign-in");
        await using (var sara = await app.SignInAsync("sara", Width, Height))
        {
            await ShellAsync(sara);
            await ContactsAsync(sara);
            await MoreOfContactsAsync(sara);
            await CommunicationsAsync(sara);
            await TasksAsync(sara);
            await RoutinesAsync(sara);
            await JobsAsync(sara);
            await MessagesAsync(sara);
        }

        await StaffAsync();
        await using (var admin = await app.SignInAsync("admin", Width, Height)) await AdministrationAsync(admin);
        await using (var admin = await app.SignInAsync("admin", Width, Height)) await RecordsAsync(admin);
        await PhoneAsync();
        if (Wanted("story")) await TryAsync("story", async () =>
        {
            var story = new Story(app, app.Language == "fa" ? StoryTexts.Persian : StoryTexts.English);
            foreach (var problem in await story.LiveAsync()) throw new InvalidOperationException(problem);
        });
        return _wrong;
    }

    private string Say(string english, params object[] values) => app.Say(english, values);

    private ILocator Link(Window w, string english) => w.Page.GetByRole(AriaRole.Link, new() { Name = Say(english), Exact = true }).First;

    private ILocator Button(Window w, string english) => w.Page.GetByRole(AriaRole.Button, new() { Name = Say(english), Exact = true }).First;

    private async Task<string> OneAsync(string sql) => (await app.QueryAsync<string>(sql)).FirstOrDefault() ?? throw new InvalidOperationException($"The demo data has no row for: {sql}");

    private bool Wanted(string name) => only.Length == 0 || name.Contains(only, StringComparison.Ordinal);

    private Task ShotAsync(Window w, string name, string? url = null, Func<IPage, Task>? then = null) => RecordShotAsync(w, name, url, null, then);

    /// <summary>A picture of a page of one record: <paramref name="id"/> finds it.</summary>
    private async Task RecordShotAsync(Window w, string name, string? url, string? id, Func<IPage, Task>? then = null)
    {
        if (!Wanted(name)) return;
        await TryAsync(name, () => w.DoAsync(async () =>
        {
            if (url is not null) await w.GoAsync(id is null ? url : url + await OneAsync(id));
            await w.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
            if (then is not null) await then(w.Page);
            await w.PictureAsync(name);
            var over = await w.Page.EvaluateAsync<int>("() => document.scrollingElement.scrollWidth - innerWidth");
            if (over > 0) Console.WriteLine($"{app.Language}/{name}: {over} px too wide");
        }));
        // An answer that says what is wrong with a form is what some pictures show.
        foreach (var problem in w.TakeWrong().Where(p => !p.Contains("422", StringComparison.Ordinal) && !p.Contains("409", StringComparison.Ordinal))) Console.WriteLine($"{app.Language}/{name}: {problem}");
    }

    private async Task TryAsync(string name, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is InvalidOperationException or PlaywrightException or TimeoutException or Npgsql.NpgsqlException)
        {
            _wrong++;
            Console.WriteLine($"{app.Language}/{name}: {e.Message}");
        }
    }

    /// <summary>Waits until what comes later (panels, drop-downs, live counts) stands still.</summary>
    private static async Task SettleAsync(IPage page)
    {
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await page.WaitForTimeoutAsync(400);
    }

    /// <summary>Opens a searching drop-down and types into it.</summary>
    private async Task LookUpAsync(IPage page, string english, string text)
    {
        var control = page.Locator(".field").Filter(new() { Has = page.Locator("label").Filter(new() { HasTextRegex = new Regex($@"^\s*{Regex.Escape(Say(english))}\s*\*?\s*$") }) }).First.Locator(".ts-control");
        await control.ClickAsync();
        await page.Keyboard.TypeAsync(text);
        await SettleAsync(page);
    }

    private async Task ShellAsync(Window w)
    {
        // The bar of recent records shows what was opened.
        foreach (var url in await app.QueryAsync<string>("(select '/contacts/' || id from contacts.contacts where deleted_at is null order by number limit 3) union all (select '/jobs/' || id from routines.jobs order by number limit 1)")) await w.GoAsync(url);
        await ShotAsync(w, "worklist", "/worklist");
        await ShotAsync(w, "search", "/worklist", async p =>
        {
            await p.Keyboard.PressAsync("/");
            await p.Keyboard.TypeAsync("آسان");
            await SettleAsync(p);
        });
        await ShotAsync(w, "search-page", "/search?q=رضا");
        await ShotAsync(w, "palette", "/contacts", async p =>
        {
            await p.Keyboard.PressAsync("Control+k");
            await SettleAsync(p);
        });
        await ShotAsync(w, "new-menu", "/worklist", p => p.Locator(".topbar summary[title='" + Say("New") + "']").First.ClickAsync());
        await ShotAsync(w, "notifications", "/worklist", async p =>
        {
            await p.Locator("[data-drop-load] summary").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "keys", "/contacts", p => p.Keyboard.PressAsync("Shift+Slash"));
        await ShotAsync(w, "profile", "/profile");
        await ShotAsync(w, "password", "/profile/password");
        if (!Wanted("dark")) return;
        await ThemeAsync(w.Page, "dark");
        await ShotAsync(w, "dark", "/contacts");
        await ThemeAsync(w.Page, "light");
    }

    private static async Task ThemeAsync(IPage page, string theme)
    {
        for (var n = 0; n < 3; n++)
        {
            if (await page.Locator("html").GetAttributeAsync("data-bs-theme") == theme) return;
            await page.Locator(".topbar [name=theme]").First.ClickAsync();
            await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        }
    }

    private Task<string> CompanyAsync() => OneAsync("select contact_id::text from routines.jobs j join contacts.contacts c on c.id = j.contact_id where c.kind = 'Company' and j.ended_at is null group by contact_id order by count(*) desc, min(j.number) limit 1");

    private async Task ContactsAsync(Window w)
    {
        var company = await CompanyAsync();
        await ShotAsync(w, "contacts", "/contacts");
        await ShotAsync(w, "contacts-filter", "/contacts?kind=company&panel=filter", async p =>
        {
            await p.Locator("#f-standing").SelectOptionAsync("Actual");
            await SettleAsync(p);
        });
        await ShotAsync(w, "contacts-row", "/contacts", p => p.Locator("tbody tr").Nth(1).Locator(".row-menu button").ClickAsync());
        await ShotAsync(w, "contact-new", "/contacts/new", async p =>
        {
            await p.GetByLabel(Say("First name")).FillAsync("بهرام");
            await p.GetByLabel(Say("Last name")).FillAsync("پارسا");
            await p.GetByLabel(Say("Telephone")).First.FillAsync("۰۹۱۲ ۵۵۵ ۱۲۳۴");
            await p.Keyboard.PressAsync("Tab");
            await SettleAsync(p);
        });
        await ShotAsync(w, "contact-add-in-place", "/contacts/new", async p =>
        {
            await LookUpAsync(p, "Source", "نمایشگاه شیراز");
            await p.Locator(".ts-dropdown:visible").First.ScrollIntoViewIfNeededAsync();
        });
        await ShotAsync(w, "contact-errors", "/contacts/new", async p =>
        {
            await p.GetByLabel(Say("National ID")).FillAsync("123");
            await p.GetByLabel(Say("Telephone")).First.FillAsync("12");
            await p.Locator("[data-form] .form-buttons .btn-primary").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "contact-known-phone", "/contacts/new", async p =>
        {
            await p.GetByLabel(Say("First name")).FillAsync("بهرام");
            await p.GetByLabel(Say("Telephone")).First.FillAsync(await OneAsync("select p.number from contacts.contact_phones p join contacts.contacts c on c.id = p.contact_id where c.deleted_at is null order by c.number limit 1"));
            await p.Locator("[data-form] .form-buttons .btn-primary").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "customer", "/contacts/" + company, SettleAsync);
        await ShotAsync(w, "customer-panels", "/contacts/" + company, async p =>
        {
            await SettleAsync(p);
            await p.Locator("#timeline").ScrollIntoViewIfNeededAsync();
            await p.EvaluateAsync("() => document.querySelector('#timeline').scrollIntoView({ block: 'start' })");
            await SettleAsync(p);
        });
        await ShotAsync(w, "customer-status", "/contacts/" + company, p => p.Locator(".record-head-actions .drop summary").First.ClickAsync());
        await ShotAsync(w, "contact-conflict", $"/contacts/{company}/edit", async p =>
        {
            // A colleague saves the same record while this form is open.
            var colleague = await p.Context.NewPageAsync();
            await colleague.GotoAsync($"/contacts/{company}/edit");
            await colleague.GetByLabel(Say("Notes")).FillAsync("ساختمان شمارهٔ دو نیز به سرویس نیاز دارد.");
            await colleague.Locator("[data-form] .form-buttons .btn-primary").ClickAsync();
            await colleague.WaitForURLAsync(new Regex($"/contacts/{company}$"));
            await colleague.CloseAsync();
            await p.GetByLabel(Say("Notes")).FillAsync("سرویس ماهانه از مهرماه.");
            await p.Locator("[data-form] .form-buttons .btn-primary").ClickAsync();
            await SettleAsync(p);
            await p.EvaluateAsync("() => document.querySelector('.form-buttons').scrollIntoView({ block: 'end' })");
        });
        await ShotAsync(w, "contact-delete", $"/contacts/{company}/edit", async p =>
        {
            await Button(w, "Delete").ClickAsync();
            await SettleAsync(p);
        });
    }

    /// <summary>Conditions, many at once, files, places, suppliers, reports.</summary>
    private async Task MoreOfContactsAsync(Window w)
    {
        await ShotAsync(w, "contacts-conditions", "/contacts?panel=filter&filter=standing.is(Actual);(email.filled()|phone.filled())", SettleAsync);
        await ShotAsync(w, "contacts-several", "/contacts", async p =>
        {
            for (var n = 1; n < 5; n++) await p.Locator("tbody .row-check input").Nth(n).CheckAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "contact-hint", "/contacts/new", async p =>
        {
            await p.GetByLabel(Say("Last name")).FillAsync("پارسا");
            await p.GetByLabel(Say("Telephone")).First.FillAsync(await OneAsync("select p.number from contacts.contact_phones p join contacts.contacts c on c.id = p.contact_id where c.deleted_at is null order by c.number limit 1"));
            await p.Keyboard.PressAsync("Tab");
            await SettleAsync(p);
        });
        await ShotAsync(w, "groups", "/contacts/groups");
        await ShotAsync(w, "map", "/contacts/map", SettleAsync);
        await ShotAsync(w, "labels", "/contacts/labels");
        await RecordShotAsync(w, "scores", "/contacts/", "select s.contact_id::text from contacts.supplier_evaluations s group by 1 order by count(*) desc, 1 limit 1", async p =>
        {
            await p.GotoAsync(p.Url + "/scores");
            await SettleAsync(p);
        });
        await ShotAsync(w, "reports", "/reports");
        await ShotAsync(w, "report-communications", "/contacts/reports/communications", SettleAsync);
        await ShotAsync(w, "report-follow-ups", "/contacts/reports/follow-ups", SettleAsync);
        await ShotAsync(w, "bottlenecks", "/jobs/reports/bottlenecks", SettleAsync);
        await ShotAsync(w, "activity-reports", "/activity-reports");
        await ShotAsync(w, "two-factor", "/profile/two-factor");
    }

    /// <summary>What an administrator sees of the contacts: files that are brought in, duplicates, the past.</summary>
    private async Task RecordsAsync(Window w)
    {
        await ShotAsync(w, "import", "/import/contacts", async p =>
        {
            await p.SetInputFilesAsync("input[type=file]", new FilePayload
            {
                Name = "exhibition.csv", MimeType = "text/csv",
                Buffer = System.Text.Encoding.UTF8.GetBytes("نام;نام خانوادگی;موبایل;ایمیل\nبهرام;پارسا;۰۹۱۲۵۵۵۱۲۳۴;bahram@example.com\nنگار;سهرابی;0935 444 11 22;negar@example\nمینا;رستگار;12;mina@example.com\n"),
            });
            await p.Locator("[data-form] .form-buttons .btn-primary").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "duplicates", "/contacts/duplicates");
        await RecordShotAsync(w, "merge", "/contacts/", "select a.id || '/merge?with=' || b.id from contacts.contacts a join contacts.contacts b on b.kind = a.kind and b.number > a.number where a.kind = 'Person' and a.deleted_at is null and b.deleted_at is null order by a.number, b.number limit 1", SettleAsync);
        await RecordShotAsync(w, "as-of", "/settings/audit?record=", "select contact_id::text from contacts.communications group by 1 order by count(*) desc, 1 limit 1", async p =>
        {
            await Link(w, "As it was on a date").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "units", "/settings/units");
        await ShotAsync(w, "fields", "/settings/fields");
        await ShotAsync(w, "field-new", "/settings/fields/new?record=contacts");
        await ShotAsync(w, "field-layout", "/settings/fields/layout/contacts", SettleAsync);
        await ShotAsync(w, "sign-ins", "/settings/sign-ins");
    }

    private async Task CommunicationsAsync(Window w)
    {
        var company = await CompanyAsync();
        await ShotAsync(w, "communication-new", $"/contacts/{company}/communications/new", SettleAsync);
        await RecordShotAsync(w, "communication-job", "/contacts/", "select j.contact_id::text from routines.jobs j join routines.stage_items s on s.job_id = j.id where s.status = 'Open' and s.title in ('پیش‌فاکتور', 'تماس اولیه', 'پیگیری') and j.status = 'Running' order by s.title = 'پیش‌فاکتور' desc, j.number limit 1", async p =>
        {
            await p.GotoAsync(p.Url + "/communications/new");
            await p.GetByLabel(Say("What was said")).FillAsync("با مدیر ساختمان گفت‌وگو شد؛ زمان بازدید را پذیرفت.");
            await p.EvaluateAsync("() => document.querySelector('.form-buttons').scrollIntoView({ block: 'end' })");
        });
        await ShotAsync(w, "communications", "/communications");
        await RecordShotAsync(w, "communication", "/communications/", "select id::text from contacts.communications order by started_at desc limit 1");
        await ShotAsync(w, "follow-up-new", $"/contacts/{company}/follow-ups/new");
        await ShotAsync(w, "follow-ups", "/follow-ups?whose=all");
        await RecordShotAsync(w, "follow-up", "/follow-ups/", "select id::text from contacts.follow_ups order by due_at desc limit 1");
        await ShotAsync(w, "date-picker", $"/contacts/{company}/follow-ups/new", async p =>
        {
            await p.Locator("[data-calendar-open], .date-open, .field button").First.ClickAsync();
            await SettleAsync(p);
        });
    }

    private async Task TasksAsync(Window w)
    {
        await ShotAsync(w, "tasks", "/tasks?show=all");
        await ShotAsync(w, "task-new", "/tasks/new");
        var task = await OneAsync("select t.id::text from tasks.work_tasks t where t.state = 'Open' and t.created_by is not null and exists (select 1 from tasks.task_entries e where e.task_id = t.id) order by t.number limit 1");
        await ShotAsync(w, "task", $"/tasks/{task}");
        await ShotAsync(w, "task-hand-on", $"/tasks/{task}", async p =>
        {
            await p.Locator(".record-head-actions .drop summary").Nth(1).ClickAsync();
            await SettleAsync(p);
        });
    }

    private async Task RoutinesAsync(Window w)
    {
        await ShotAsync(w, "routines", "/routines");
        await ShotAsync(w, "routine", "/routines/lift-sale");
        await ShotAsync(w, "routine-import", "/routines/import");
        await ShotAsync(w, "routine-binding-event", "/routines/lift-sale/bindings", async p =>
        {
            await p.Locator("[name='Command.Start']").SelectOptionAsync("Trigger");
            await SettleAsync(p);
        });
        await ShotAsync(w, "routine-problems", "/routines/new", async p =>
        {
            await p.GetByLabel(Say("Name")).FillAsync(app.Language == "fa" ? "تمدید قرارداد سرویس" : "Renewal of a service contract");
            await p.GetByRole(AriaRole.Button, new() { Name = Say("Draw it") }).ClickAsync();
            await p.WaitForURLAsync(new Regex("/design$"));
            await p.GotoAsync(p.Url.Replace("/design", "", StringComparison.Ordinal));
            await SettleAsync(p);
        });
        await ShotAsync(w, "forms", "/routines/forms");
        await RecordShotAsync(w, "form-edit", "/routines/forms/", "select id::text from routines.forms order by id limit 1");
    }

    private async Task JobsAsync(Window w)
    {
        await ShotAsync(w, "jobs", "/jobs");
        await ShotAsync(w, "incidents", "/jobs/incidents");
        await RecordShotAsync(w, "incident", "/jobs/", "select job_id::text from routines.incidents where status = 'Open' order by at limit 1", SettleAsync);
        var job = await OneAsync("select j.id::text from routines.jobs j join routines.stage_items s on s.job_id = j.id where j.ended_at is null and j.status = 'Running' and not exists (select 1 from routines.stage_items f where f.job_id = j.id and f.status = 'Open' and f.title = 'پیگیری') group by j.id order by count(*) desc, min(j.number) limit 1");
        await ShotAsync(w, "job-steps", "/jobs/" + job, async p =>
        {
            await p.EvaluateAsync("() => document.querySelector('.steps').scrollIntoView({ block: 'start' })");
            await SettleAsync(p);
        });
        await ShotAsync(w, "job-suspend", "/jobs/" + job, async p =>
        {
            await p.Locator("details.panel summary").First.ClickAsync();
            await p.GetByLabel(Say("Reason")).First.FillAsync(app.Language == "fa" ? "مشتری تا پایان ماه مهلت خواست." : "The customer asked to wait until the end of the month.");
            await p.EvaluateAsync("() => document.querySelector('details.panel[open]').scrollIntoView({ block: 'center' })");
        });
        await ShotAsync(w, "job-suspended", "/jobs/" + job, async p =>
        {
            await p.Locator("details.panel summary").First.ClickAsync();
            await p.GetByLabel(Say("Reason")).First.FillAsync(app.Language == "fa" ? "مشتری تا پایان ماه مهلت خواست." : "The customer asked to wait until the end of the month.");
            await Button(w, "Suspend").ClickAsync();
            await p.WaitForTimeoutAsync(1500);
            await p.GotoAsync("/jobs/" + job);
            await SettleAsync(p);
        });
    }

    private async Task MessagesAsync(Window w)
    {
        await ShotAsync(w, "messages", "/messages");
        await ShotAsync(w, "messages-failed", "/messages?tab=failed");
        await RecordShotAsync(w, "message-failed", "/messages/", "select id::text from messaging.messages where state = 'Failed' order by id limit 1");
        await ShotAsync(w, "message-new", "/messages/new", async p =>
        {
            await LookUpAsync(p, "Contact", "شرکت");
            await p.Locator(".ts-dropdown .option:visible").First.ClickAsync();
            await p.Locator("[name='Command.TemplateId']").SelectOptionAsync(new SelectOptionValue { Index = 1 });
            await Button(w, "Fill in the template").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "templates", "/messages/templates");
        await RecordShotAsync(w, "template", "/messages/templates/edit/", "select id::text from messaging.templates where channel = 'Sms' order by id limit 1", async p =>
        {
            await p.Locator("[data-preview]").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "wishes", "/messages/wishes/" + await CompanyAsync());
    }

    /// <summary>What a seller, support and their manager do with their stages.</summary>
    private async Task StaffAsync()
    {
        await using var maryam = await app.SignInAsync("maryam", Width, Height);
        await ShotAsync(maryam, "worklist-staff", "/worklist");
        await RecordShotAsync(maryam, "stage-form", "/jobs/stages/", StageOf("maryam", "ثبت درخواست"), SettleAsync);
        await RecordShotAsync(maryam, "stage-form-error", "/jobs/stages/", StageOf("maryam", "ثبت درخواست"), async p =>
        {
            await p.Locator(".stage-outcomes button").First.ClickAsync();
            await SettleAsync(p);
        });
        await RecordShotAsync(maryam, "stage-hand-over", "/jobs/stages/", StageOf("maryam", "ثبت درخواست"), async p =>
        {
            await p.Locator(".job-side details summary").First.ClickAsync();
            await SettleAsync(p);
        });
        await using var sara = await app.SignInAsync("sara", Width, Height);
        // The offer is accepted: then a contract is to be signed, which wants a file.
        await RecordShotAsync(sara, "stage-files", "/jobs/stages/", "select id::text from routines.stage_items where status = 'Open' and title = 'پیگیری' order by due_at limit 1", async p =>
        {
            await p.Locator(".stage-outcomes button").First.ClickAsync();
            await p.WaitForTimeoutAsync(3000);
            // Its ways are not offered before the files are there.
            await p.GotoAsync("/jobs/stages/" + await OneAsync("select id::text from routines.stage_items where status = 'Open' and title = 'قرارداد' order by id desc limit 1"));
            await SettleAsync(p);
        });
    }

    private static string StageOf(string userName, string title) =>
        $"select s.id::text from routines.stage_items s join routines.jobs j on j.id = s.job_id join contacts.contacts c on c.id = j.contact_id join platform.users u on u.user_name = '{userName}' and u.branch_id = c.branch_id where s.status = 'Open' and s.title = '{title}' order by s.due_at limit 1";

    private async Task AdministrationAsync(Window w)
    {
        await ShotAsync(w, "users", "/settings/users");
        await ShotAsync(w, "user-new", "/settings/users/new");
        await RecordShotAsync(w, "user", "/settings/users/", "select id::text from platform.users where user_name = 'reza'");
        await RecordShotAsync(w, "role", "/settings/roles/", "select id::text from platform.roles where name = 'کارشناس فروش'");
        await ShotAsync(w, "branches", "/settings/branches");
        await ShotAsync(w, "base-data", "/contacts/settings/base-data");
        await ShotAsync(w, "working-time", "/settings/working-time");
        await ShotAsync(w, "audit", "/settings/audit");
        await ShotAsync(w, "token-made", "/profile/tokens", async p =>
        {
            await p.GetByLabel(Say("Label")).FillAsync(app.Language == "fa" ? "فروشگاه اینترنتی" : "Online shop");
            await Button(w, "Make a token").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(w, "base-data-new", "/contacts/settings/base-data?list=contact-source", p => p.EvaluateAsync("() => scrollTo(0, document.body.scrollHeight)"));
        await ShotAsync(w, "stuck", "/settings/outbox");
        await ShotAsync(w, "gateways", "/messages/settings");
    }

    private async Task PhoneAsync()
    {
        await using var reza = await app.SignInAsync("reza", 390, 780);
        await ShotAsync(reza, "phone-worklist", "/worklist");
        await ShotAsync(reza, "phone-menu", "/worklist", async p =>
        {
            await p.Locator("[data-side-open]").ClickAsync();
            await SettleAsync(p);
        });
        await ShotAsync(reza, "phone-customer", "/contacts/" + await CompanyAsync(), SettleAsync);
        await RecordShotAsync(reza, "phone-stage", "/jobs/stages/", StageOf("reza", "تماس اولیه"));
    }
}
