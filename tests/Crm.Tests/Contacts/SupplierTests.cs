using System.Net;
using Crm.Contacts.Domain;
using Crm.Contacts.Features.MergeContacts;
using Crm.Contacts.Features.SupplierCriteria;
using Crm.Contacts.Features.SupplierScores;
using Crm.Core;
using Crm.Data;
using Crm.Platform.Contracts;
using Crm.Platform.Features.AddUser;
using Crm.Platform.Features.Bin;
using Crm.Platform.Features.EditRole;
using Crm.Testing;
using Crm.Tests.Api;
using Microsoft.Extensions.DependencyInjection;

namespace Crm.Tests.Contacts;

/// <summary>CON-15: criteria with weights, scoring of suppliers, history, list, comparison.</summary>
public sealed class SupplierTests(DemoApp app) : IClassFixture<DemoApp>
{
    private static Guid Criterion(int index) => FirstSupplierLists.CriterionId(index);

    private static Task<Guid> SupplierAsync(CrmApp app, string name, int importance = 0) => Given.CompanyAsync(app, name, c => c with { RoleIds = [SupplierGrades.Role], ImportanceId = FirstSupplierLists.ImportanceId(importance) });

    private DateOnly Today => DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime);

    private Task<Guid> ScoreAsync(Guid supplier, DateOnly on, params (int Criterion, int Points)[] scores) =>
        app.SendAsync(new ScoreSupplierCommand { ContactId = supplier, ScoredOn = on, Scores = [.. scores.Select(s => new ScoreFields { CriterionId = Criterion(s.Criterion), Points = s.Points })] }, "sara");

    [Fact]
    public void A_score_is_the_weighted_share_of_the_points_and_what_was_not_judged_does_not_count()
    {
        SupplierGrades.Total([(30, 5), (20, 1)]).Should().Be(68, "(150 + 20) of 250");
        SupplierGrades.Total([(30, 5)]).Should().Be(100);
        SupplierGrades.Total([(1, 1), (1, 2), (1, 2)]).Should().Be(33.3m);
        SupplierGrades.Total([]).Should().Be(0);
        new[] { 100m, 85, 84.9m, 70, 50, 49.9m, 0 }.Select(t => SupplierGrades.Of(t).Key).Should().Equal("A", "A", "B", "B", "C", "D", "D");
    }

    [Fact]
    public async Task A_supplier_is_scored_in_the_form_and_the_page_shows_score_grade_change_and_when_it_is_due()
    {
        var id = await SupplierAsync(app, "بازرگانی ارزیابی");
        await ScoreAsync(id, Today.AddMonths(-4), (0, 2), (1, 2));
        var sara = await app.As("sara", "fa");
        await sara.OpenAsync($"/contacts/{id}/scores/new");
        sara.Text.Should().Contain("کیفیت").And.Contain("تحویل به‌موقع");
        await sara.PostAsync($"/contacts/{id}/scores/new", [("Command.Scores[0].Points", "5"), ("Command.Scores[1].Points", "4"), ("Command.Scores[1].Note", "یک بار دیر رسید"), ("Command.Note", "سه ماه خوب")], "data-score");
        sara.Location.Should().Be($"/contacts/{id}/scores", sara.Text);
        await sara.OpenAsync($"/contacts/{id}/scores");
        // (30·5 + 25·4) of 275.
        sara.Text.Should().Contain("۹۰٫۹").And.Contain("الف – عالی").And.Contain("یک بار دیر رسید").And.Contain("سه ماه خوب").And.Contain("۴۰").And.Contain("سارا");
        await sara.OpenAsync($"/contacts/{id}");
        sara.Text.Should().Contain("۹۰٫۹").And.Contain("۵۰٫۹ بهتر از پیش").And.Contain(Given.Fa("To be scored again")).And.Contain("راهبردی");
        (await app.QueryAsync<decimal>("select total from contacts.supplier_ratings where contact_id = @id", new { id })).Should().Equal(90.9m);
        var history = await app.InScopeAsync(sp => sp.GetRequiredService<IRecordHistory>().OfAsync(id, 50, default), "sara");
        history.Should().Contain(h => h.Fields.Any(f => f.New == "90.9"), "the scoring stands in the history of its supplier");
    }

    [Fact]
    public async Task What_is_wrong_is_told_beside_its_field()
    {
        var id = await SupplierAsync(app, "بازرگانی نادرست");
        var sara = await app.As("sara", "fa");
        await sara.PostAsync($"/contacts/{id}/scores/new", [("Command.ScoredOn", "1500/01/01")], "data-score");
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        sara.Text.Should().Contain(Given.Fa("Give points for at least one criterion."));
        await sara.PostAsync($"/contacts/{id}/scores/new", [("Command.ScoredOn", "1500/01/01"), ("Command.Scores[0].Points", "3")], "data-score");
        sara.Text.Should().Contain(Given.Fa("This day lies ahead."));
        await sara.PostAsync($"/contacts/{id}/scores/new", [("Command.Scores[0].Points", "9")], "data-score");
        sara.Status.Should().Be(HttpStatusCode.UnprocessableEntity);
        var customer = await Given.CompanyAsync(app, "مشتری و نه تأمین‌کننده");
        await FluentActions.Awaiting(() => ScoreAsync(customer, Today, (0, 3))).Should().ThrowAsync<RuleBroken>();
    }

    [Fact]
    public async Task The_latest_score_counts_also_after_the_bin_and_the_weights_of_their_day_stay()
    {
        var id = await SupplierAsync(app, "بازرگانی وزن");
        var own = await app.SendAsync(new SaveCriterionCommand { Title = "ایمنی", Weight = 10 }, "sara");
        Task<Guid> WithOwn(DateOnly on, int points) => app.SendAsync(new ScoreSupplierCommand { ContactId = id, ScoredOn = on, Scores = [new() { CriterionId = Criterion(0), Points = 5 }, new() { CriterionId = own, Points = points }] }, "sara");
        await WithOwn(Today.AddDays(-30), 5);
        var last = await WithOwn(Today, 1);
        async Task<decimal> NowAsync() => (await app.QueryAsync<decimal>("select total from contacts.supplier_ratings where contact_id = @id", new { id })).Single();
        // (30·5 + 10·1) of 200.
        (await NowAsync()).Should().Be(80);
        await app.SendAsync(new SaveCriterionCommand { Id = own, Title = "ایمنی", Weight = 30, Active = false }, "sara");
        (await NowAsync()).Should().Be(80, "a changed weight changes nothing of the past");
        await FluentActions.Awaiting(() => WithOwn(Today, 2)).Should().ThrowAsync<InvalidInput>();
        await app.SendAsync(new ScoreSupplierCommand { ContactId = id, Id = last, ScoredOn = Today, Scores = [new() { CriterionId = Criterion(0), Points = 5 }, new() { CriterionId = own, Points = 5 }] }, "sara");
        (await NowAsync()).Should().Be(100, "mended with the criterion that stood in it");
        var sara = await app.As("sara", "fa");
        await sara.PostAsync($"/contacts/{id}/scores", [("evaluation", last.ToString())], "handler=Delete");
        sara.Location.Should().Be($"/contacts/{id}/scores", sara.Text);
        (await app.QueryAsync<DateOnly>("select scored_on from contacts.supplier_ratings where contact_id = @id", new { id })).Should().Equal(Today.AddDays(-30));
        (await sara.OpenAsync("/bin?kind=supplier-scores")).Text.Should().Contain("بازرگانی وزن");
        var deletion = (await app.QueryAsync<Guid>("select deletion_id from contacts.supplier_evaluations where id = @last", new { last })).Single();
        await app.SendAsync(new RestoreDeletionCommand(deletion), "sara");
        (await app.QueryAsync<DateOnly>("select scored_on from contacts.supplier_ratings where contact_id = @id", new { id })).Should().Equal(Today);
        (await app.InScopeAsync(sp => sp.GetServices<ICheck>().Single(c => c.GetType().Name == "SupplierRatingCheck").FindAsync(default).ToListAsync().AsTask())).Should().BeEmpty();
    }

    [Fact]
    public async Task The_list_shows_filters_and_sorts_by_score_and_only_for_who_may_see_it()
    {
        var (good, bad) = (await SupplierAsync(app, "فهرستی خوب", 3), await SupplierAsync(app, "فهرستی بد"));
        await ScoreAsync(good, Today, (0, 5));
        await ScoreAsync(bad, Today, (0, 1));
        var sara = await app.As("sara", "fa");
        await sara.OpenAsync("/contacts?q=فهرستی&cols=name,score,grade,importance,scoreDue&sort=-score");
        sara.Text.Should().Contain("الف – عالی").And.Contain("راهبردی");
        sara.Html.IndexOf("فهرستی خوب", StringComparison.Ordinal).Should().BePositive().And.BeLessThan(sara.Html.IndexOf("فهرستی بد", StringComparison.Ordinal));
        (await sara.OpenAsync("/contacts?filter=score.gt(90)&sort=-score&size=200")).Html.Should().Contain(good.ToString()).And.NotContain(bad.ToString());
        (await sara.OpenAsync("/contacts?filter=grade.is(D)&size=200")).Html.Should().Contain(bad.ToString()).And.NotContain(good.ToString());
        await app.SendAsync(new SaveRoleCommand { Name = "No scores", Permissions = ["contacts.see"] });
        var role = (await app.QueryAsync<Guid>("select id from platform.roles where name = 'No scores'")).Single();
        await app.SendAsync(new AddUserCommand { UserName = "noscores", Name = "No Scores", Password = CrmApp.Password, RoleIds = [role], Language = "en" });
        var other = await app.As("noscores");
        (await other.OpenAsync("/contacts?filter=score.gt(90)&size=200")).Text.Should().Contain("The filter can't be used:");
        (await other.OpenAsync($"/contacts/{good}")).Text.Should().NotContain("Score as a supplier");
        (await other.OpenAsync($"/contacts/{good}/scores")).Status.Should().Be(HttpStatusCode.Forbidden);
        var reza = await app.As("reza", "fa");
        (await reza.OpenAsync($"/contacts/{good}/scores/new")).Status.Should().Be(HttpStatusCode.Forbidden, "who sells does not score");
    }

    [Fact]
    public async Task Suppliers_of_another_branch_are_not_there()
    {
        var theirs = await Given.CompanyAsync(app, "تأمین‌کنندهٔ اصفهان", c => c with { RoleIds = [SupplierGrades.Role] }, "zahra");
        var scored = await app.SendAsync(new ScoreSupplierCommand { ContactId = theirs, ScoredOn = Today, Scores = [new() { CriterionId = Criterion(0), Points = 4 }] });
        var api = await ApiCaller.AsAsync(app, "reza");
        await api.GetAsync($"/contacts/{theirs}/scores", HttpStatusCode.NotFound);
        (await (await app.As("reza")).OpenAsync($"/contacts/{theirs}/scores")).Status.Should().Be(HttpStatusCode.NotFound);
        (await (await app.As("reza")).OpenAsync($"/history/contacts.SupplierEvaluation/{scored}")).Status.Should().Be(HttpStatusCode.NotFound);
        (await (await app.As("reza", "fa")).OpenAsync("/contacts/reports/suppliers")).Text.Should().NotContain("تأمین‌کنندهٔ اصفهان");
    }

    [Fact]
    public async Task The_comparison_tells_who_is_best_by_what_and_who_is_due_and_goes_into_a_file()
    {
        var (first, second, never) = (await SupplierAsync(app, "سنجش یکم"), await SupplierAsync(app, "سنجش دوم", 1), await SupplierAsync(app, "سنجش سوم", 2));
        await ScoreAsync(first, Today.AddMonths(-7), (0, 4), (2, 4));
        await ScoreAsync(second, Today, (0, 3), (2, 5));
        var sara = await app.As("sara", "fa");
        await sara.OpenAsync("/contacts/reports/suppliers");
        sara.Text.Should().Contain("سنجش یکم").And.Contain("سنجش سوم").And.Contain(Given.Fa("Not scored yet"));
        await sara.OpenAsync($"/contacts/reports/suppliers?criterion={Criterion(2)}&export=csv");
        sara.Html.Split('\n')[0].Should().Contain("کیفیت").And.Contain("قیمت");
        sara.Html.IndexOf("سنجش دوم", StringComparison.Ordinal).Should().BePositive().And.BeLessThan(sara.Html.IndexOf("سنجش یکم", StringComparison.Ordinal), "it is cheaper");
        (await sara.OpenAsync("/contacts/reports/suppliers?by=due")).Text.Should().Contain("سنجش یکم").And.Contain("سنجش سوم").And.NotContain("سنجش دوم");
        (await sara.OpenAsync("/contacts/reports/suppliers?by=importance")).Text.Should().Contain("راهبردی").And.Contain("گلوگاهی");
        (await sara.OpenAsync("/contacts/reports/suppliers?by=criterion&period=this-year")).Text.Should().Contain("قیمت");
        (await sara.OpenAsync("/contacts/reports/suppliers?by=time")).Status.Should().Be(HttpStatusCode.OK);
        (await sara.OpenAsync("/contacts/reports/suppliers?grade=A")).Text.Should().NotContain("سنجش دوم");
    }

    [Fact]
    public async Task A_merge_takes_the_scores_along_and_its_undoing_gives_them_back()
    {
        var (stays, goes) = (await SupplierAsync(app, "یکی مانده"), await SupplierAsync(app, "یکی رفته"));
        await ScoreAsync(goes, Today, (0, 4));
        var merge = await app.SendAsync(new MergeContactsCommand { IntoId = stays, FromId = goes }, "sara");
        (await app.QueryAsync<Guid>("select contact_id from contacts.supplier_ratings where contact_id in (@stays, @goes)", new { stays, goes })).Should().Equal(stays);
        await app.SendAsync(new UnmergeContactsCommand(merge), "sara");
        (await app.QueryAsync<Guid>("select contact_id from contacts.supplier_ratings where contact_id in (@stays, @goes)", new { stays, goes })).Should().Equal(goes);
    }

    [Fact]
    public async Task The_api_scores_mends_and_deletes()
    {
        var id = await SupplierAsync(app, "Api Supplies");
        var api = await ApiCaller.AsAsync(app, "sara");
        (await api.GetAsync("/supplier-criteria")).Items.Should().Contain(c => (string)c["title"]! == "کیفیت");
        (await api.PostAsync($"/contacts/{id}/scores", new { scores = new[] { new { criterionId = Criterion(0), points = 7 } } }, HttpStatusCode.UnprocessableEntity)).Json!.ToJsonString().Should().Contain("scores[0].points");
        var made = await api.PostAsync($"/contacts/{id}/scores", new { scores = new[] { new { criterionId = Criterion(0), points = 4 } }, note = "by API" });
        ((decimal)made["total"]).Should().Be(80);
        made.Text("grade").Should().Be("B");
        var mended = await api.PatchAsync($"/contacts/{id}/scores/{made.Text("id")}", new { scores = new[] { new { criterionId = Criterion(0), points = 5 } } });
        mended.Text("grade").Should().Be("A");
        mended.Text("note").Should().Be("by API");
        await api.DeleteAsync($"/contacts/{id}/scores/{made.Text("id")}");
        (await api.GetAsync($"/contacts/{id}/scores")).Items.Should().BeEmpty();
        (await api.GetAsync($"/contacts/{id}")).Text("importanceId").Should().Be(FirstSupplierLists.ImportanceId(0).ToString());
    }
}
