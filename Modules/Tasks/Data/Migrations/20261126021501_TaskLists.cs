using Crm.Tasks.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Tasks.Data.Migrations
{
    /// <inheritdoc />
    [DbContext(typeof(TasksDb))]
    [Migration("20261126021501_TaskLists")]
    public partial class TaskLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(name: "custom", schema: "tasks", table: "work_tasks", type: "jsonb", nullable: true);
            migrationBuilder.DropIndex(name: "ix_work_tasks_state_due_at_id", schema: "tasks", table: "work_tasks");
            migrationBuilder.DropIndex(name: "ix_work_tasks_state_ended_at_id", schema: "tasks", table: "work_tasks");
            
            // The orders of the list: expressions, since what has no due date comes after everything that has one. Open tasks are few among all there ever were.
            migrationBuilder.Sql("create index ix_work_tasks_open_due on tasks.work_tasks (coalesce(due_at, 'infinity'), number) where state = 'Open' and deleted_at is null");
            migrationBuilder.Sql("create index ix_work_tasks_due on tasks.work_tasks (coalesce(due_at, 'infinity'), number)");
            migrationBuilder.Sql("create index ix_work_tasks_state_ended on tasks.work_tasks (state, coalesce(ended_at, '-infinity'), number)");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("drop index tasks.ix_work_tasks_state_ended; drop index tasks.ix_work_tasks_due; drop index tasks.ix_work_tasks_open_due");
            migrationBuilder.CreateIndex(name: "ix_work_tasks_state_due_at_id", schema: "tasks", table: "work_tasks", columns: ["state", "due_at", "id"]);
            migrationBuilder.CreateIndex(name: "ix_work_tasks_state_ended_at_id", schema: "tasks", table: "work_tasks", columns: ["state", "ended_at", "id"]);
            migrationBuilder.DropColumn(name: "custom", schema: "tasks", table: "work_tasks");
        }
    }
}
