using System.Net;
using Crm.Core;
using Crm.Tasks.Features.CancelTask;
using Crm.Tasks.Features.CompleteTask;
using Crm.Tasks.Features.EditTask;
using Crm.Tasks.Features.ReferTask;
using Crm.Tasks.Features.ReopenTask;
using Crm.Tasks.Features.SetProgress;
using Crm.Testing;

namespace Crm.Tests.Tasks;

public sealed class TaskTests(CrmApp app) : IClassFixture<CrmApp>
{
    [Fact]
    public async Task A_task_is_added_by_the_form_in_jalali_and_stands_on_its_page()
    {
        var sara = await app.As("sara");
        var reza = await app.UserIdAsync("reza");
        await sara.PostAsync("/tasks/new", [
            ("Command.Title", "  پيگيري   نقشه "), ("Command.AssigneeIds", reza.ToString()), ("Command.DueAt.date", "۱۴۰۵/۰۱/۲۰"), ("Command.DueAt.time", "۱۴:۳۰"),
            ("Command.RemindBefore", "60"), ("Command.Weight", "۵"), ("Command.Description", "خط اول\nخط دوم")]);

        sara.Location.Should().StartWith("/tasks/", sara.Text);
        await sara.OpenAsync(sara.Location!);
        sara.Text.Should().Contain("پیگیری نقشه").And.Contain("رضا کریمی");
        var row = (await app.QueryAsync<(DateTime Due, DateTime Remind, int Weight, string Text)>("select due_at, remind_at, weight, description from tasks.work_tasks where title = 'پیگیری نقشه'")).Single();
        row.Due.Should().Be(new DateTime(2026, 4, 9, 11, 0, 0, DateTimeKind.Utc), "half past two in Tehran");
        row.Remind.Should().Be(row.Due.AddHours(-1));
        (row.Weight, row.Text).Should().Be((5, "خط اول\nخط دوم"));
    }

    [Fact]
    public async Task What_is_wrong_stands_beside_its_field_and_nothing_is_lost()
    {
        var sara = await app.As("sara");
        await sara.PostAsync("/tasks/new", [("Command.Title", ""), ("Command.Weight", "500"), ("Command.RemindBefore", "15"), ("Command.Description", "کار نیمه‌تمام")]);

        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Html.Should().Contain("Command_Title_error").And.Contain("Command_Weight_error").And.Contain("Command_DueAt_error");
        sara.Text.Should().Contain("کار نیمه‌تمام");
    }

    [Fact]
    public async Task Who_gets_a_task_is_told_and_who_gave_it_hears_of_its_end()
    {
        var id = await app.TaskAsync("به رضا داده شد", "sara", ["reza"]);
        (await app.ToldAsync("reza", $"/tasks/{id}")).Should().Equal("{0} gave you a task: {1}");

        await app.SendAsync(new CompleteTaskCommand { Id = id, Note = "تمام شد" }, "reza");
        (await app.ToldAsync("sara", $"/tasks/{id}")).Should().Equal("{0} did the task: {1}");
    }

    [Fact]
    public async Task A_task_of_ones_own_tells_nobody()
    {
        var id = await app.TaskAsync("برای خودم", "reza", []);
        (await app.ToldAsync("reza", $"/tasks/{id}")).Should().BeEmpty();
        (await app.QueryAsync<Guid>("select user_id from tasks.task_assignees where task_id = @id", new { id })).Should().Equal(await app.UserIdAsync("reza"));
    }

    [Fact]
    public async Task Somebody_elses_task_is_not_there()
    {
        var id = await app.TaskAsync("فقط برای مریم", "maryam", ["maryam"]);
        var reza = await app.As("reza");
        (await reza.OpenAsync($"/tasks/{id}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await reza.OpenAsync($"/tasks/{id}/edit")).Status.Should().Be(HttpStatusCode.NotFound);
        (await reza.OpenAsync("/tasks?show=all&state=any")).Text.Should().NotContain("فقط برای مریم");
        var done = async () => await app.SendAsync(new CompleteTaskCommand { Id = id }, "reza");
        await done.Should().ThrowAsync<NotFound>();

        var sara = await app.As("sara");
        (await sara.OpenAsync("/tasks?show=all&q=" + Uri.EscapeDataString("فقط برای مریم"))).Text.Should().Contain("فقط برای مریم", "she sees everybody's");
    }

    [Fact]
    public async Task Who_sees_everybodys_tasks_sees_them_only_in_his_branches_but_his_own_everywhere()
    {
        var isfahan = await app.TaskAsync("کار اصفهان", "zahra", ["zahra"]);
        var shared = await app.TaskAsync("کار مشترک دو شعبه", "reza", ["zahra"]);
        (await app.QueryAsync<Guid>("select branch_id from tasks.work_tasks where id = @isfahan", new { isfahan })).Single().Should().NotBe(Branches.HeadOffice);

        // niloofar sits in the head office; with the right to everybody's tasks she still sees no other branch. Hers is a role that no other test here looks at.
        await app.QueryAsync<int>("update platform.roles set permissions = array_append(permissions, 'tasks.see-all') where id = any (select unnest(role_ids) from platform.users where user_name = 'niloofar') returning 1");
        await app.AdvanceAsync(TimeSpan.FromSeconds(6));
        var niloofar = await app.As("niloofar");
        await niloofar.OpenAsync("/tasks?show=all&state=any");
        niloofar.Text.Should().NotContain("کار اصفهان").And.Contain("کار مشترک دو شعبه");
        (await niloofar.OpenAsync($"/tasks/{isfahan}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await (await app.As("zahra")).OpenAsync($"/tasks/{shared}")).Status.Should().Be(HttpStatusCode.OK, "she has to do it, whatever its branch");
    }

    [Fact]
    public async Task Nobody_gets_a_task_he_could_not_open()
    {
        var add = async () => await app.TaskAsync("برای مهمان", "sara", [Personas.Guest]);
        (await add.Should().ThrowAsync<InvalidInput>()).Which.Fields.Single().Message.Should().Be("{0} can't have tasks.");
    }

    [Fact]
    public async Task A_shared_task_is_done_for_all_by_whoever_does_it()
    {
        var id = await app.TaskAsync("کار دو نفره", "sara", ["reza", "maryam"]);
        await app.SendAsync(new CompleteTaskCommand { Id = id }, "maryam");

        (await app.QueryAsync<bool>("select bool_or(waits) from tasks.task_assignees where task_id = @id", new { id })).Single().Should().BeFalse();
        var again = async () => await app.SendAsync(new CompleteTaskCommand { Id = id }, "reza");
        (await again.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("task.ended");
    }

    [Fact]
    public async Task Handing_on_keeps_the_history_and_who_handed_it_on_still_sees_it_but_no_longer_changes_it()
    {
        var id = await app.TaskAsync("کار ارجاعی", "sara", ["reza"]);
        var reza = await app.As("reza");
        await reza.PostAsync($"/tasks/{id}", [("Refer.ToUserIds", (await app.UserIdAsync("ali")).ToString()), ("Refer.Note", "لطفاً شما ببینید")], "handler=Refer");
        reza.Location.Should().Be($"/tasks/{id}", reza.Text);

        await reza.OpenAsync($"/tasks/{id}");
        reza.Text.Should().Contain("ارجاع به علی رضایی").And.Contain("لطفاً شما ببینید").And.Contain("برای رضا کریمی باز شد");
        reza.Html.Should().NotContain("handler=Complete", "he looks on");
        (await reza.OpenAsync("/tasks?show=sent")).Text.Should().Contain("کار ارجاعی");
        (await reza.OpenAsync("/tasks")).Text.Should().NotContain("کار ارجاعی");
        var done = async () => await app.SendAsync(new CompleteTaskCommand { Id = id }, "reza");
        await done.Should().ThrowAsync<Forbidden>();
        (await app.ToldAsync("ali", $"/tasks/{id}")).Should().Equal("{0} handed a task on to you: {1}");

        var same = async () => await app.SendAsync(new ReferTaskCommand { Id = id, ToUserIds = [await app.UserIdAsync("ali")] }, "sara");
        (await same.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("task.same-people");
    }

    [Fact]
    public async Task Saving_over_a_newer_version_shows_both()
    {
        var id = await app.TaskAsync("عنوان نخست", "sara", ["reza"]);
        var sara = await app.As("sara");
        await sara.OpenAsync($"/tasks/{id}/edit");
        await app.SendAsync(new EditTaskCommand { Id = id, Title = "عنوان رضا", AssigneeIds = [await app.UserIdAsync("reza")], Priority = Crm.Tasks.Domain.TaskPriority.High, Weight = 1 }, "reza");

        await sara.SubmitAsync($"/tasks/{id}/edit", [("Command.Title", "عنوان سارا")]);
        sara.Status.Should().Be(HttpStatusCode.Conflict);
        sara.Text.Should().Contain("عنوان رضا");
        sara.Html.Should().Contain("عنوان سارا");

        await sara.SubmitAsync($"/tasks/{id}/edit", []);
        sara.Location.Should().Be($"/tasks/{id}", "saving again is a decision");
        (await app.QueryAsync<string>("select title from tasks.work_tasks where id = @id", new { id })).Should().Equal("عنوان سارا");
    }

    [Fact]
    public async Task What_was_changed_stands_in_the_history_and_in_the_audit()
    {
        var id = await app.TaskAsync("پیش از ویرایش", "sara", ["sara"]);
        await app.SendAsync(new EditTaskCommand { Id = id, Title = "پس از ویرایش", AssigneeIds = [await app.UserIdAsync("sara"), await app.UserIdAsync("ali")], Priority = Crm.Tasks.Domain.TaskPriority.Normal, Weight = 3 }, "sara");

        (await (await app.As("sara")).OpenAsync($"/tasks/{id}")).Text.Should().Contain("تغییر کرد: عنوان، وزن، انجام‌دهنده");
        (await app.QueryAsync<string>("select changes::text from platform.audit where entity_id = @id and action = 'M'", new { id })).Single().Should().Contain("پیش از ویرایش").And.Contain("پس از ویرایش");
    }

    [Fact]
    public async Task An_ended_task_is_left_alone_until_it_is_reopened()
    {
        var id = await app.TaskAsync("پایان‌یافته", "reza", ["reza"]);
        await app.SendAsync(new CancelTaskCommand { Id = id, Note = "دیگر لازم نیست" }, "reza");
        var progress = async () => await app.SendAsync(new SetProgressCommand { Id = id, Percent = 10 }, "reza");
        (await progress.Should().ThrowAsync<RuleBroken>()).Which.Code.Should().Be("task.ended");

        await app.SendAsync(new ReopenTaskCommand(id), "reza");
        await app.SendAsync(new SetProgressCommand { Id = id, Percent = 10 }, "reza");
        (await app.QueryAsync<(string State, int Percent, bool Waits)>("select t.state, t.percent, a.waits from tasks.work_tasks t join tasks.task_assignees a on a.task_id = t.id where t.id = @id", new { id })).Should().Equal(("Open", 10, true));
    }

    [Fact]
    public async Task A_tick_in_the_list_does_the_task_and_stays_in_the_list()
    {
        var id = await app.TaskAsync("تیک در فهرست", "ali", []);
        var ali = await app.As("ali");
        await ali.PostAsync("/tasks?q=" + Uri.EscapeDataString("تیک در"), [("action", "do.complete"), ("ids", id.ToString())], "/lists/tasks/bulk");
        ali.Location.Should().StartWith("/tasks?q=");
        (await app.QueryAsync<string>("select state from tasks.work_tasks where id = @id", new { id })).Should().Equal("Done");
    }

    [Fact]
    public async Task The_percentage_is_changed_in_the_list()
    {
        var id = await app.TaskAsync("درصد در فهرست", "ali", []);
        var ali = await app.As("ali");
        await ali.PostAsync("/tasks?q=" + Uri.EscapeDataString("درصد در"), [("action", "set"), ("field", "percent"), ("value", "40"), ("ids", id.ToString())], "/lists/tasks/bulk");
        ali.Location.Should().StartWith("/tasks?q=");
        (await app.QueryAsync<int>("select percent from tasks.work_tasks where id = @id", new { id })).Should().Equal(40);
    }

    [Fact]
    public async Task A_link_to_elsewhere_is_not_followed_after_a_tick()
    {
        var id = await app.TaskAsync("پیوند بیرونی", "ali", []);
        var ali = await app.As("ali");
        await ali.PostAsync($"/tasks/{id}", [("ReturnUrl", "https://evil.example/")], "handler=Complete");
        ali.Location.Should().Be($"/tasks/{id}");
    }

    [Fact]
    public async Task Pages_of_the_list_follow_one_another_without_gap_or_repeat_also_where_dates_are_missing()
    {
        var due = app.Clock.GetUtcNow().AddDays(3);
        for (var i = 0; i < 60; i++) await app.TaskAsync($"برگه‌ای {i}", "hossein", ["hossein"], i % 3 == 0 ? null : i % 3 == 1 ? due : due.AddMinutes(i));
        var hossein = await app.As("hossein");
        var seen = new List<string>();
        for (var url = "/tasks?q=" + Uri.EscapeDataString("برگه"); url is not null;)
        {
            await hossein.OpenAsync(url);
            seen.AddRange(System.Text.RegularExpressions.Regex.Matches(hossein.Html, "class=\"row-main\" href=\"/tasks/([0-9a-f-]+)\"").Select(m => m.Groups[1].Value));
            url = System.Text.RegularExpressions.Regex.Match(hossein.Html, "rel=\"next\" href=\"([^\"]+)\"") is { Success: true } m ? WebUtility.HtmlDecode(m.Groups[1].Value) : null;
        }

        seen.Should().HaveCount(60).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_search_finds_either_spelling_and_the_number()
    {
        var id = await app.TaskAsync("پیگیری گواهی‌نامهٔ ویژه", "maryam", ["maryam"]);
        var number = (await app.QueryAsync<long>("select number from tasks.work_tasks where id = @id", new { id })).Single();
        var maryam = await app.As("maryam");
        foreach (var q in new[] { "گواهينامه ويژه", $"{number}", $"#{number}" })
            (await maryam.OpenAsync("/tasks?q=" + Uri.EscapeDataString(q))).Html.Should().Contain($"/tasks/{id}", q);
    }
}
