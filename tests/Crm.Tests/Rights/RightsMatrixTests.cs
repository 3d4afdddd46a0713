using System.Net;
using System.Text;
using Crm.Testing;
using Crm.Tests.Api;

namespace Crm.Tests.Rights;

/// <summary>Attack 1: each of six people on each record, by page and by API, against the declared policy (<see cref="RightsApp.Sees"/>).</summary>
public sealed class RightsMatrixTests(RightsApp app) : IClassFixture<RightsApp>
{
    [Fact]
    public async Task Each_person_sees_by_page_api_list_and_search_what_the_policy_says_and_not_there_looks_like_not_yours()
    {
        var problems = new List<string>();
        foreach (var person in RightsApp.People)
        {
            var browse = await app.As(person);
            var api = await ApiCaller.AsAsync(app, person);
            var nowhere = Guid.CreateVersion7();
            foreach (var (place, contact) in app.Contacts)
            {
                var sees = RightsApp.Sees(person, place);
                foreach (var (url, missing) in new[]
                         {
                             ($"/contacts/{contact}", $"/contacts/{nowhere}"), ($"/contacts/{contact}/edit", $"/contacts/{nowhere}/edit"), ($"/contacts/{contact}/communications/new", $"/contacts/{nowhere}/communications/new"),
                             ($"/contacts/{contact}/follow-ups/new", $"/contacts/{nowhere}/follow-ups/new"), ($"/communications/{app.Communications[place]}", $"/communications/{nowhere}"), ($"/follow-ups/{app.FollowUps[place]}", $"/follow-ups/{nowhere}"),
                         })
                {
                    await browse.OpenAsync(url);
                    var expected = person == "none" ? HttpStatusCode.Forbidden : sees ? HttpStatusCode.OK : HttpStatusCode.NotFound;
                    if (browse.Status != expected) problems.Add($"{person} {place} {url}: {browse.Status}, not {expected}");
                    if (browse.Status == HttpStatusCode.OK) continue;
                    var (status, text) = (browse.Status, Same(browse.Text, url));
                    await browse.OpenAsync(missing);
                    if (browse.Status != status || Same(browse.Text, missing) != text) problems.Add($"{person} {place}: {url} tells that it is there");
                }

                foreach (var path in new[] { $"/contacts/{contact}", $"/contacts/{contact}/positions", $"/contacts/{contact}/timeline", $"/communications/{app.Communications[place]}", $"/follow-ups/{app.FollowUps[place]}" })
                {
                    using var answer = await api.Client.GetAsync("/api/v1" + path);
                    var expected = person == "none" ? HttpStatusCode.Forbidden : sees ? HttpStatusCode.OK : HttpStatusCode.NotFound;
                    if (answer.StatusCode != expected) problems.Add($"{person} {place} API {path}: {answer.StatusCode}, not {expected}");
                }
            }

            if (person == "none") continue;
            foreach (var list in (string[])["/contacts?size=200", "/communications?size=200", "/follow-ups?size=200"])
            {
                var ids = (await api.GetAsync(list)).Items.Select(i => Guid.Parse((string)i["id"]!)).ToHashSet();
                var all = list[1] == 'f' ? app.FollowUps : list.StartsWith("/contacts", StringComparison.Ordinal) ? app.Contacts : app.Communications;
                problems.AddRange(all.Where(r => ids.Contains(r.Value) != RightsApp.Sees(person, r.Key)).Select(r => $"{person} {r.Key} in the list {list}"));
            }

            foreach (var page in (string[])["/contacts?q=Person", "/communications", "/follow-ups?show=all", "/search?q=Person+Of"])
            {
                await browse.OpenAsync(page);
                if (browse.Status != HttpStatusCode.OK) problems.Add($"{person} {page}: {browse.Status}");
                foreach (var place in app.Contacts.Keys.Where(p => browse.Text.Contains("Person Of " + p, StringComparison.Ordinal) && !RightsApp.Sees(person, p))) problems.Add($"{person} reads {place} on {page}");
                if (page is not "/follow-ups?show=all")
                    foreach (var place in app.Contacts.Keys.Where(p => !browse.Text.Contains("Person Of " + p, StringComparison.Ordinal) && RightsApp.Sees(person, p))) problems.Add($"{person} misses {place} on {page}");
            }

            var found = (await api.GetAsync("/search?q=Person")).Json!.ToJsonString();
            problems.AddRange(app.Contacts.Where(c => found.Contains(c.Value.ToString(), StringComparison.Ordinal) != RightsApp.Sees(person, c.Key)).Select(c => $"{person} {c.Key} in the API's search"));
        }

        problems.Should().BeEmpty();
    }

    // The error page names no address; what differs by request (the page's own tokens) is no text.
    private static string Same(string text, string url) => text.Replace(url, "", StringComparison.Ordinal);
}
